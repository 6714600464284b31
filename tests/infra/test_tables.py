"""What the template promises of tables: their keys for good, and that no update replaces them."""

import json
import unittest

from stack import KEY, ROOT, Stack

# Keys, with the types of their attributes. They never change: DynamoDB would make another table, an empty one, and the
# numbers would stay behind in the old one. A new index is a new line; one index is made in a deployment.
KEYS = {
    "EntitiesTable": ["entity S HASH"],
    "EntitiesTable/byDue": ["dueShard S HASH", "due S RANGE"],
    "RowsTable": ["subject S HASH", "bucket S RANGE"],
    "RowsTable/byBucket": ["bucket S HASH", "subject S RANGE"],
    "ConnectionsTable": ["pk S HASH", "sk S RANGE"],
    "LedgerTable": ["kind S HASH", "name S RANGE"],
}
# Whatever else would make another table of one, and has to stay away therefore.
REPLACING = {"TableName", "ImportSourceSpecification", "LocalSecondaryIndexes"}


def keys_of(name, table):
    types = {it["AttributeName"]: it["AttributeType"] for it in table["AttributeDefinitions"]}
    schemas = {name: table["KeySchema"]}
    schemas |= {f"{name}/{it['IndexName']}": it["KeySchema"] for it in table.get("GlobalSecondaryIndexes", [])}
    return {
        path: [f"{it['AttributeName']} {types[it['AttributeName']]} {it['KeyType']}" for it in schema]
        for path, schema in schemas.items()
    }


class Replacement(unittest.TestCase):
    def test_keys_are_for_good(self):
        tables = Stack().of_type("AWS::DynamoDB::Table")
        found = {}
        for name, table in tables.items():
            found |= keys_of(name, table)
            self.assertFalse(REPLACING & set(table), name)
        self.assertEqual(found, KEYS)

    def test_the_stack_policy_lets_no_update_replace_or_remove_a_table(self):
        policy = json.loads((ROOT / "infra/stack-policy.json").read_text())
        denied, = (it for it in policy["Statement"] if it["Effect"] == "Deny")
        self.assertEqual((denied["Principal"], set(denied["Action"])), ("*", {"Update:Replace", "Update:Delete"}))
        tables = {f"LogicalResourceId/{name}" for name in Stack().of_type("AWS::DynamoDB::Table")}
        self.assertEqual(set(denied["Resource"]), tables)

    def test_a_table_that_is_replaced_all_the_same_is_kept(self):
        for name, resource in Stack().resources.items():
            if resource["Type"] == "AWS::DynamoDB::Table":
                self.assertEqual(resource["UpdateReplacePolicy"], "Retain", name)


class Tables(unittest.TestCase):
    def test_every_table_is_encrypted_recoverable_on_demand_and_protected(self):
        tables = Stack().of_type("AWS::DynamoDB::Table")
        self.assertEqual(set(tables), {"EntitiesTable", "RowsTable", "ConnectionsTable", "LedgerTable"})
        for name, table in tables.items():
            self.assertEqual(table["SSESpecification"], {"SSEEnabled": True}, name)
            self.assertEqual(table["PointInTimeRecoverySpecification"], {"PointInTimeRecoveryEnabled": True}, name)
            self.assertEqual(table["TimeToLiveSpecification"], {"AttributeName": "expiresAt", "Enabled": True}, name)
            self.assertEqual(table["BillingMode"], "PAY_PER_REQUEST", name)
            self.assertIs(table["DeletionProtectionEnabled"], True, name)

    def test_what_is_due_is_found_by_an_index_that_holds_keys_alone(self):
        index, = Stack().properties("EntitiesTable")["GlobalSecondaryIndexes"]
        keys = [{"AttributeName": "dueShard", "KeyType": "HASH"}, {"AttributeName": "due", "KeyType": "RANGE"}]
        self.assertEqual((index["IndexName"], index["KeySchema"]), ("byDue", keys))
        self.assertEqual(index["Projection"], {"ProjectionType": "KEYS_ONLY"})

    def test_rows_stream_both_images_to_push_in_order(self):
        stack = Stack()
        self.assertEqual(stack.properties("RowsTable")["StreamSpecification"], {"StreamViewType": "NEW_AND_OLD_IMAGES"})
        mapping = stack.properties("PushFunctionRows")
        self.assertEqual(mapping["EventSourceArn"], "RowsTable.StreamArn")
        self.assertEqual(mapping["ParallelizationFactor"], 1)
        self.assertIs(mapping["BisectBatchOnFunctionError"], True)

    def test_after_a_restore_push_reads_the_stream_that_is_named(self):
        stream = "arn:aws:dynamodb:us-east-1:123456789012:table/t/stream/2026-11-24T00:00:00.000"
        self.assertEqual(Stack(RowsStreamArn=stream).properties("PushFunctionRows")["EventSourceArn"], stream)


    def test_a_key_of_the_customers_encrypts_every_table(self):
        for name, table in Stack(KmsKeyArn=KEY).of_type("AWS::DynamoDB::Table").items():
            encryption = {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": KEY}
            self.assertEqual(table["SSESpecification"], encryption, name)


if __name__ == "__main__":
    unittest.main()
