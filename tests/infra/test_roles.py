"""Who may do what: every role's actions and resources, and who may invoke, send and receive."""

import unittest

from stack import AUDITS, CLIENT, EXPORTS, KEY, PARTNER_BUS, Stack, as_list

_CONNECTIONS = "arn:aws:execute-api:us-east-1:123456789012:ViewerApi/v1/{}/@connections/*"

_READ = ["dynamodb:GetItem", "dynamodb:Query"]
_LOGS = {"logs:CreateLogStream", "logs:PutLogEvents"}
_SEND = {_CONNECTIONS.format(method): {"execute-api:ManageConnections"} for method in ("POST", "DELETE")}

_DEPLOY = {"lambda:GetAlias", "lambda:UpdateAlias", "lambda:GetProvisionedConcurrencyConfig"}
_ALARMS = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:*"

# All that a role may do, by resource. A transaction takes the actions of what it consists of.
ROLES = {
    "IngestRole": {
        "IngestQueue.Arn": {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"},
        "ReplayQueue.Arn": {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"},
        "EntitiesTable.Arn": {"dynamodb:BatchGetItem", "dynamodb:PutItem"},
        "RowsTable.Arn": {"dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"},
        "LedgerTable.Arn": {"dynamodb:GetItem", "dynamodb:Query", "dynamodb:UpdateItem"},  # but see CONDITIONS
        "QuarantineQueue.Arn": {"sqs:SendMessage"},
        "IngestLogs.Arn": _LOGS,
    },
    "GapReaderRole": {
        "EntitiesTable.Arn/index/byDue": {"dynamodb:Query"},
        "LedgerTable.Arn": {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:Query"},
        "HeadroomBus.Arn": {"events:PutEvents"},
        CLIENT["GenesysSecretArn"]: {"secretsmanager:GetSecretValue"},
        "GapReaderLogs.Arn": _LOGS,
    },
    "GapReaderScheduleRole": {"GapReaderFunctionAliaslive": {"lambda:InvokeFunction"}},
    "DeploymentRole": {
        **{f"{function}Function.Arn{part}": _DEPLOY for function in ("Ingest", "Push", "Connections") for part in ("", ":*")},
        _ALARMS: {"cloudwatch:DescribeAlarms"},
    },
    "PushRole": {
        "RowsTable.Arn/stream/*": {
            "dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams",
        },
        "ConnectionsTable.Arn": {"dynamodb:Query", "dynamodb:UpdateItem", "dynamodb:BatchWriteItem"},
        "LedgerTable.Arn": {"dynamodb:GetItem", "dynamodb:Query"},  # but see CONDITIONS
        "PushLogs.Arn": _LOGS,
        **_SEND,
    },
    "ConnectionsRole": {
        "ConnectionsTable.Arn": {"dynamodb:GetItem", "dynamodb:Query", "dynamodb:UpdateItem", "dynamodb:BatchWriteItem"},
        "RowsTable.Arn": {"dynamodb:BatchGetItem", "dynamodb:Query"},
        "RowsTable.Arn/index/byBucket": {"dynamodb:Query"},
        "LedgerTable.Arn": {"dynamodb:GetItem", "dynamodb:Query"},  # but see CONDITIONS
        "ConnectionsLogs.Arn": _LOGS,
        **_SEND,
    },
    "AuthorizerRole": {"AuthorizerLogs.Arn": _LOGS},
    "RowsRole": {
        "RowsTable.Arn": {"dynamodb:BatchGetItem"},
        "RowsTable.Arn/index/byBucket": {"dynamodb:Query"},
        "LedgerTable.Arn": {"dynamodb:GetItem", "dynamodb:Query"},  # but see CONDITIONS
        "RowsLogs.Arn": _LOGS,
    },
    "ExporterRole": {
        **{f"{table}.Arn": {"dynamodb:DescribeTable", "dynamodb:DescribeContinuousBackups", "dynamodb:ExportTableToPointInTime"}
           for table in ("RowsTable", "LedgerTable")},
        "RowsTable.Arn/export/*": {"dynamodb:DescribeExport"},
        "LedgerTable.Arn/export/*": {"dynamodb:DescribeExport"},
        "ExportBucket.Arn/*": {"s3:PutObject", "s3:PutObjectAcl", "s3:AbortMultipartUpload"},
        "ExporterLogs.Arn": _LOGS,
    },
    "AuditorRole": {
        "EntitiesTable.Arn": {"dynamodb:Scan"},
        "RowsTable.Arn": {"dynamodb:Scan", "dynamodb:BatchGetItem"},
        "LedgerTable.Arn": {"dynamodb:GetItem", "dynamodb:PutItem"},  # but see CONDITIONS
        "AuditorLogs.Arn": _LOGS,
    },
    "AuditorScheduleRole": {"AuditorFunctionAliaslive": {"lambda:InvokeFunction"}},
    "ExporterScheduleRole": {"ExporterFunctionAliaslive": {"lambda:InvokeFunction"}},
    "QuarantineReader": {
        "QuarantineQueue.Arn": {
            "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes",
        },
        "IngestQueue.Arn": {"sqs:SendMessage"},
    },
    "ApiGatewayLoggingRole": {},  # one managed policy, see below
}

# Besides, the exporter keeps documents in the ledger, but see CONDITIONS.
_DOCUMENTS = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:Query"]
ROLES["ExporterRole"]["LedgerTable.Arn"] |= set(_DOCUMENTS)

# What is allowed on a condition only.
CONDITIONS = [
    # Ingest writes nothing of the ledger but how many events it heard.
    ("IngestRole", "dynamodb:UpdateItem", {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["feed"]}}),
    # Push reads the settings, and nothing else of the ledger; connections and rows read the names of queues as well.
    ("PushRole", _READ, {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["catalog", "settings"]}}),
    ("ConnectionsRole", _READ, {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["catalog", "queue", "settings"]}}),
    ("RowsRole", _READ, {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["catalog", "queue", "settings"]}}),
    # The exporter keeps what it knows of exports, and its lease.
    ("ExporterRole", _DOCUMENTS, {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["export", "lease"]}}),
    # The auditor keeps whose turn it is.
    ("AuditorRole", ["dynamodb:GetItem", "dynamodb:PutItem"], {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["audit"]}}),
]

# Wildcards in the resources above, and why AWS leaves no other way.
WILDCARDS = {
    **{resource: "a connection's id is made up when it is opened" for resource in _SEND},
    **{f"{name}Function.Arn:*": "an alias is a part of its function" for name in ("Ingest", "Push", "Connections")},
    _ALARMS: "alarms are described by a list, which has no other name",
    **{f"{table}.Arn/export/*": "an export's id is made up when it is requested" for table in ("RowsTable", "LedgerTable")},
    "ExportBucket.Arn/*": "DynamoDB makes up the names of an export's files",
    "RowsTable.Arn/stream/*": "a stream's label is the time of its creation, and a restored table has a new one",
}


class Roles(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = Stack(GenesysEventBusName=PARTNER_BUS, ApiGatewayLogging="set", **CLIENT, **EXPORTS, **AUDITS)
        cls.roles = cls.stack.of_type("AWS::IAM::Role")

    def test_each_role_may_do_what_is_listed_and_nothing_else(self):
        self.assertEqual({name: _allowed(role) for name, role in self.roles.items()}, ROLES)

    def test_with_a_key_of_the_customers_roles_use_it_by_way_of_tables_and_queues_alone(self):
        with_key = Stack(KmsKeyArn=KEY, **CLIENT, **EXPORTS, **AUDITS).of_type("AWS::IAM::Role")
        users = {}
        for name, role in with_key.items():
            for statement in _statements_of(role):
                if statement["Resource"] == KEY:
                    self.assertTrue(all(action.startswith("kms:") for action in statement["Action"]), name)
                    services = statement["Condition"]["StringEquals"]["kms:ViaService"]
                    users[name] = {service.split(".")[0] for service in services}
        table = {"dynamodb"}
        self.assertEqual(users, {
            "IngestRole": {"dynamodb", "sqs"}, "QuarantineReader": {"sqs"},
            "GapReaderRole": table, "PushRole": table, "ConnectionsRole": table, "RowsRole": table,
            "ExporterRole": {"dynamodb", "s3"}, "AuditorRole": table,
        })

    def test_every_role_has_the_boundary_that_the_account_demands(self):
        boundary = "arn:aws:iam::123456789012:policy/boundary"
        parameters = {"ApiGatewayLogging": "set", **CLIENT, **EXPORTS, **AUDITS}
        for name, role in Stack(PermissionsBoundaryArn=boundary, **parameters).of_type("AWS::IAM::Role").items():
            self.assertEqual(role["PermissionsBoundary"], boundary, name)
        for name, role in Stack(**parameters).of_type("AWS::IAM::Role").items():
            self.assertNotIn("PermissionsBoundary", role, name)

    def test_conditions_are_those_that_are_listed(self):
        statements = [(name, it) for name, role in self.roles.items() for it in _statements_of(role)]
        found = [(name, it["Action"], it["Condition"]) for name, it in statements if "Condition" in it]
        self.assertEqual(found, CONDITIONS)

    def test_nobody_has_more_by_a_policy_of_its_own_or_of_aws(self):
        self.assertEqual(self.stack.of_type("AWS::IAM::Policy"), {})
        self.assertEqual(self.stack.of_type("AWS::IAM::ManagedPolicy"), {})
        managed = {name: role["ManagedPolicyArns"] for name, role in self.roles.items() if "ManagedPolicyArns" in role}
        # API Gateway accepts no less for its log role.
        policy = "arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
        self.assertEqual(managed, {"ApiGatewayLoggingRole": [policy]})

    def test_wildcards_are_there_only_where_aws_leaves_no_other_way(self):
        resources = {resource for role in self.roles.values() for resource in _allowed(role)}
        self.assertEqual({it for it in resources if "*" in it}, set(WILDCARDS))
        actions = {action for role in self.roles.values() for it in _allowed(role).values() for action in it}
        self.assertEqual({it for it in actions if "*" in it}, set())

    def test_each_function_has_a_role_of_its_own_that_only_lambda_takes_on(self):
        used = [function["Role"] for function in self.stack.of_type("AWS::Lambda::Function").values()]
        functions = ["AuditorRole.Arn", "AuthorizerRole.Arn", "ConnectionsRole.Arn", "ExporterRole.Arn", "GapReaderRole.Arn", "IngestRole.Arn", "PushRole.Arn", "RowsRole.Arn"]
        self.assertEqual(sorted(used), functions)
        for name in (role.removesuffix(".Arn") for role in used):
            self.assertEqual(_principals(self.roles[name]), [{"Service": "lambda.amazonaws.com"}], name)

    def test_functions_on_a_schedule_are_run_by_it_and_by_one_account_alone(self):
        for name in ("GapReader", "Exporter", "Auditor"):
            schedule = self.stack.properties(f"{name}Schedule")
            target = (schedule["Target"]["Arn"], schedule["Target"]["RoleArn"])
            self.assertEqual(target, (f"{name}FunctionAliaslive", f"{name}ScheduleRole.Arn"))
            statement, = self.roles[f"{name}ScheduleRole"]["AssumeRolePolicyDocument"]["Statement"]
            self.assertEqual(statement["Principal"], {"Service": "scheduler.amazonaws.com"})
            self.assertEqual(statement["Condition"], {"StringEquals": {"aws:SourceAccount": "123456789012"}})

    def test_the_role_of_the_quarantine_is_for_whom_the_parameter_names(self):
        root = {"AWS": "arn:aws:iam::123456789012:root"}
        self.assertEqual(_principals(self.roles["QuarantineReader"]), [root])
        named = "arn:aws:iam::123456789012:role/On-Duty"
        stack = Stack(QuarantineReaderPrincipalArn=named)
        self.assertEqual(_principals(stack.properties("QuarantineReader")), [{"AWS": named}])


class Permissions(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = Stack(GenesysEventBusName=PARTNER_BUS, **CLIENT)
        permissions = cls.stack.of_type("AWS::Lambda::Permission").values()
        cls.granted = {(it["FunctionName"], it["Principal"], it["SourceArn"]) for it in permissions}

    def test_api_gateway_may_invoke_the_function_of_each_route(self):
        sources = {"ViewerApi": "ViewerApi/v1/*", "RowsApi": "RowsApi/*/*/v1/rows"}
        routes = self.stack.of_type("AWS::ApiGatewayV2::Route").values()
        keys = {(it["ApiId"], it["RouteKey"]) for it in routes}
        of_viewers = {("ViewerApi", key) for key in ("$connect", "$disconnect", "$default")}
        self.assertEqual(keys, of_viewers | {("RowsApi", "GET /v1/rows"), ("RowsApi", "HEAD /v1/rows")})
        for route in routes:
            integration = self.stack.properties(route["Target"].removeprefix("integrations/"))
            self._assert_granted(integration["IntegrationUri"], sources[route["ApiId"]])

    def test_api_gateway_may_invoke_the_function_of_each_authorizer(self):
        for name, authorizer in self.stack.of_type("AWS::ApiGatewayV2::Authorizer").items():
            self._assert_granted(authorizer["AuthorizerUri"], f"{authorizer['ApiId']}/authorizers/{name}")

    def test_nobody_else_may_invoke_anything(self):
        self.assertEqual(len(self.granted), 4)

    def test_connecting_takes_a_token_in_the_subprotocols(self):
        routes = self.stack.of_type("AWS::ApiGatewayV2::Route").values()
        connect, = (it for it in routes if it["RouteKey"] == "$connect")
        self.assertEqual(connect["AuthorizationType"], "CUSTOM")
        authorizer = self.stack.properties(connect["AuthorizerId"])
        self.assertEqual(authorizer["AuthorizerType"], "REQUEST")
        self.assertEqual(authorizer["IdentitySource"], ["route.request.header.Sec-WebSocket-Protocol"])

    def test_reading_rows_takes_a_token_that_is_verified_each_time(self):
        routes = self.stack.of_type("AWS::ApiGatewayV2::Route").values()
        for route in (it for it in routes if it["ApiId"] == "RowsApi"):
            self.assertEqual(route["AuthorizationType"], "CUSTOM", route["RouteKey"])
            authorizer = self.stack.properties(route["AuthorizerId"])
            self.assertEqual(authorizer["IdentitySource"], ["$request.header.Authorization"])
            self.assertEqual(authorizer["AuthorizerResultTtlInSeconds"], 0)
            form = (authorizer["AuthorizerPayloadFormatVersion"], authorizer["EnableSimpleResponses"])
            self.assertEqual(form, ("2.0", True))

    def _assert_granted(self, uri, source):
        function = uri.split("/functions/")[1].removesuffix("/invocations")
        arn = f"arn:aws:execute-api:us-east-1:123456789012:{source}"
        self.assertIn((function, "apigateway.amazonaws.com", arn), self.granted)


class QueuePolicies(unittest.TestCase):
    def test_only_rules_of_the_two_buses_send_from_outside(self):
        for bus, buses in (("", {"HeadroomBus"}), (PARTNER_BUS, {"HeadroomBus", PARTNER_BUS})):
            stack = Stack(GenesysEventBusName=bus)
            self.assertEqual({rule["EventBusName"] for rule in stack.of_type("AWS::Events::Rule").values()}, buses)
            allowed, = _statements(stack, "EventQueuesPolicy", "Allow")
            self.assertEqual(allowed["Principal"], {"Service": "events.amazonaws.com"})
            self.assertEqual(allowed["Action"], "sqs:SendMessage")
            sources = allowed["Condition"]["ArnLike"]["aws:SourceArn"]
            self.assertEqual(set(sources), {f"arn:aws:events:us-east-1:123456789012:rule/{bus}/*" for bus in buses})

    def test_rules_come_after_the_policy_that_lets_them_send(self):
        for name, rule in Stack(GenesysEventBusName=PARTNER_BUS).resources.items():
            if rule["Type"] == "AWS::Events::Rule":
                self.assertEqual(rule["DependsOn"], "EventQueuesPolicy", name)

    def test_only_the_reader_gets_at_quarantined_events(self):
        stack = Stack()
        self.assertEqual(_statements(stack, "QuarantineQueuePolicy", "Allow"), [])
        kept_out = _statements(stack, "QuarantineQueuePolicy", "Deny")[0]
        self.assertEqual(kept_out["Principal"], "*")
        self.assertLessEqual({"sqs:ReceiveMessage", "sqs:StartMessageMoveTask"}, set(kept_out["Action"]))
        self.assertEqual(kept_out["Condition"], {"ArnNotEquals": {"aws:PrincipalArn": "QuarantineReader.Arn"}})

    def test_queues_are_reached_by_encrypted_transport_only(self):
        stack, covered = Stack(), set()
        for name, policy in stack.of_type("AWS::SQS::QueuePolicy").items():
            encrypted = [it for it in _statements(stack, name, "Deny") if it["Action"] == "sqs:*"]
            self.assertEqual([it["Condition"] for it in encrypted], [{"Bool": {"aws:SecureTransport": "false"}}])
            covered.update(policy["Queues"])
        self.assertEqual(covered, set(stack.of_type("AWS::SQS::Queue")))


def _statements(stack, policy, effect):
    statements = stack.properties(policy)["PolicyDocument"]["Statement"]
    return [it for it in statements if it["Effect"] == effect]


def _allowed(role):
    allowed = {}
    for statement in _statements_of(role):
        known = {"Effect", "Action", "Resource", "Sid", "Condition"}
        assert statement["Effect"] == "Allow" and set(statement) <= known, statement
        for resource in as_list(statement["Resource"]):
            allowed.setdefault(resource, set()).update(as_list(statement["Action"]))
    return allowed


def _statements_of(role):
    return [it for policy in role.get("Policies", []) for it in policy["PolicyDocument"]["Statement"]]


def _principals(role):
    return [it["Principal"] for it in role["AssumeRolePolicyDocument"]["Statement"]]


if __name__ == "__main__":
    unittest.main()
