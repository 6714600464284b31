"""Changes that must not get through: each is planted into the template, and the test that is there for it refuses it."""

import unittest
from unittest import mock

import stack
import test_code
import test_roles
import test_tables
import test_template

TEXT = stack.TEMPLATE.read_text()

# What is changed, into what, and who refuses it.
PLANTED = [
    # Keys of tables and indexes
    ("{AttributeName: entity, KeyType: HASH}", "{AttributeName: due, KeyType: HASH}", test_tables.Replacement),
    ("{AttributeName: bucket, AttributeType: S}", "{AttributeName: bucket, AttributeType: B}", test_tables.Replacement),
    ("{AttributeName: dueShard, KeyType: HASH}", "{AttributeName: entity, KeyType: HASH}", test_tables.Replacement),
    ("    UpdateReplacePolicy: Retain\n    Properties:\n      BillingMode", "    Properties:\n      BillingMode", test_tables.Replacement),
    # Roles
    ("[dynamodb:BatchGetItem, dynamodb:PutItem]\n", "[dynamodb:BatchGetItem, dynamodb:PutItem, dynamodb:DeleteItem]\n", test_roles.Roles),
    ("Action: events:PutEvents", "Action: events:*", test_roles.Roles),
    ("Resource: !GetAtt QuarantineQueue.Arn\n              - Effect", 'Resource: "*"\n              - Effect', test_roles.Roles),
    ("[feed]}}", "[feed, budget]}}", test_roles.Roles),
    ("${ViewerApi}/authorizers/${ViewerAuthorizer}", "${ViewerApi}/*", test_roles.Permissions),
    ("${RowsApi}/*/*/v1/rows", "${RowsApi}/*", test_roles.Permissions),
    ("AuthorizerResultTtlInSeconds: 0", "AuthorizerResultTtlInSeconds: 300", test_roles.Permissions),
    ("RouteKey: GET /v1/rows", "RouteKey: ANY /v1/rows", test_template.Rows),
    ("rule/${HeadroomBus}/*", "rule/*", test_roles.QueuePolicies),
    ("    DependsOn: EventQueuesPolicy # an event", "    # an event", test_roles.QueuePolicies),
    ("[export, lease]}}", "[export, lease, settings]}}", test_roles.Roles),
    ("Action: dynamodb:DescribeExport", "Action: [dynamodb:DescribeExport, dynamodb:Scan]", test_roles.Roles),
    ("[audit]}}", "[audit, lease]}}", test_roles.Roles),
    ("{Effect: Allow, Action: dynamodb:Scan,", "{Effect: Allow, Action: [dynamodb:Scan, dynamodb:PutItem],", test_roles.Roles),
    # Audits
    ("MetricName: RowsDiffering\n", "MetricName: RowsWrong\n", test_code.Metrics),
    ("      TreatMissingData: ignore\n\n  AuditsFailAlarm", "      TreatMissingData: notBreaching\n\n  AuditsFailAlarm", test_template.Audited),
    # Exports
    ("BlockPublicPolicy: true", "BlockPublicPolicy: false", test_template.Exported),
    ("            Action: s3:*\n", "            Action: s3:PutObject\n", test_template.Exported),
    ("Prefix: bi/rows/", "Prefix: bi/", test_template.Exported),
    ("    Default: 90\n    MinValue: 14", "    Default: 90\n    MinValue: 7", test_template.Exported),
    # Metrics of alarms, and of the dashboard
    ("MetricName: ExportFailures", "MetricName: ExportsFailed", test_code.Metrics),
    ("MetricName: FramesFailed", "MetricName: FramesFailing", test_code.Metrics),
    ("MetricName: SilentMinutes", "MetricName: SilentMinute", test_code.Metrics),
    ("MetricName: EventsFailed", "MetricName: EventFailures", test_code.Metrics),
    ("MetricName: FramesSkipped", "MetricName: FramesDropped", test_code.Metrics),
    ('"ConnectionsGone", "function", "push"', '"ConnectionsLost", "function", "push"', test_code.Metrics),
    ("Value: ingest}]\n      Statistic: Sum\n      Period: 300\n      EvaluationPeriods: 3", "Value: push}]\n      Statistic: Sum\n      Period: 300\n      EvaluationPeriods: 3", test_code.Metrics),
    # What functions are given
    ("          FRAMES_PER_SECOND: !Ref FramesPerSecond\n", "", test_code.Variables),
    # Queues and events
    ("maxReceiveCount: 200\n\n  ReplayQueue", "maxReceiveCount: 10\n\n  ReplayQueue", test_template.Queues),
    ("MessageRetentionPeriod: 864000 # 10 days", "MessageRetentionPeriod: 1209600 # 14 days", test_template.Queues),
    ("replay-name: [{exists: true}]", "replay-name: [{exists: false}]", test_template.Events),
    ("SystemLogLevel: INFO, LogGroup: !Ref PushLogs", "SystemLogLevel: WARN, LogGroup: !Ref PushLogs", test_template.Functions),
]


class Planted(unittest.TestCase):
    def test_each_is_refused_by_the_test_that_is_there_for_it(self):
        for before, after, case in PLANTED:
            with self.subTest(after=after, refused_by=case.__name__):
                self.assertTrue(before in TEXT, f"the template has changed, and has no longer {before!r}")
                self.assertTrue(_refuses(case, TEXT.replace(before, after, 1)))

    def test_the_template_itself_is_not(self):
        for case in {case for _, _, case in PLANTED}:
            self.assertFalse(_refuses(case, TEXT), case.__name__)


def _refuses(case, text):
    result = unittest.TestResult()
    with mock.patch.object(stack, "template_text", return_value=text):
        unittest.defaultTestLoader.loadTestsFromTestCase(case).run(result)
    return not result.wasSuccessful()


if __name__ == "__main__":
    unittest.main()
