"""The stand-in Platform API, used by Genesys' own SDK.

The SDK takes the login host to be the API host with "login." for "api."; an address that has no
"api." in it is both.
"""

import datetime
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
HEADROOM = pathlib.Path(os.environ.get("HEADROOM", ROOT / "target/debug/headroom")).resolve()
CONVERSATIONS = 300
START_S_MAX = 20
WHOLE = "2026-05-12T00:00:00.000Z/2026-05-14T00:00:00.000Z"

# The SDK reads a file in the home folder and watches it.
HOME = tempfile.TemporaryDirectory()
os.environ["HOME"] = HOME.name

import PureCloudPlatformClientV2 as genesys  # noqa: E402
from PureCloudPlatformClientV2.rest import ApiException  # noqa: E402


class StandIn:
    """A simulated contact centre and its API, for as long as the tests run."""

    def __init__(self, *options):
        self.folder = tempfile.TemporaryDirectory()
        folder = pathlib.Path(self.folder.name)
        ready = folder / "address"
        self.process = subprocess.Popen(
            [HEADROOM, "simulate", "--quiet", "--metrics-topic", "--conversations", str(CONVERSATIONS)]
            + ["--out", folder / "events.ndjson", "--api", "127.0.0.1:0", "--api-ready", ready]
            + ["--api-client", "me:sesame", *options],
            stderr=subprocess.PIPE,
            text=True,
        )
        self.events = folder / "events.ndjson"
        self.address = self.when_ready(ready)

    def when_ready(self, ready):
        deadline = time.monotonic() + START_S_MAX
        while not ready.exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.process.kill()
                raise AssertionError(f"no stand-in: {self.process.communicate()[1]}")
            time.sleep(0.02)
        return ready.read_text().strip()

    def stop(self):
        self.process.terminate()
        self.process.communicate(timeout=START_S_MAX)
        self.folder.cleanup()
        return self.process.returncode

    def faults(self, **faults):
        body = json.dumps(faults).encode()
        request = urllib.request.Request(f"{self.address}/stand-in/faults", data=body, method="PUT")
        urllib.request.urlopen(request).close()

    def asked(self):
        with urllib.request.urlopen(f"{self.address}/stand-in/asked") as answer:
            return json.load(answer)


def setUpModule():
    global STAND_IN, CLIENT
    STAND_IN = StandIn()
    genesys.configuration.host = STAND_IN.address
    CLIENT = genesys.api_client.ApiClient().get_client_credentials_token("me", "sesame")


def tearDownModule():
    code = STAND_IN.stop()
    assert code == 0, f"the stand-in ended with {code}"


def query(number, size=100, **more):
    body = genesys.ConversationQuery()
    body.interval, body.order, body.order_by = WHOLE, "desc", "conversationStart"
    body.paging = genesys.PagingSpec()
    body.paging.page_size, body.paging.page_number = size, number
    for name, value in more.items():
        setattr(body, name, value)
    return genesys.AnalyticsApi(CLIENT).post_analytics_conversations_details_query(body)


class Conversations(unittest.TestCase):
    def test_pages_of_a_query_have_every_conversation_once(self):
        pages = [query(number) for number in range(1, CONVERSATIONS // 100 + 2)]
        self.assertEqual({page.total_hits for page in pages}, {CONVERSATIONS})
        self.assertIsNone(pages[-1].conversations)
        found = [it for page in pages for it in page.conversations or []]
        self.assertEqual(len({it.conversation_id for it in found}), CONVERSATIONS)
        starts = [it.conversation_start for it in found]
        self.assertEqual(starts, sorted(starts, reverse=True))
        with STAND_IN.events.open() as events:
            bodies = [json.loads(line)["detail"]["eventBody"] for line in events]
        told = {body["conversationId"] for body in bodies if "conversationId" in body}
        self.assertEqual({it.conversation_id for it in found}, told)

    def test_many_by_id_are_the_same_as_those_of_a_query(self):
        page = query(2).conversations
        ids = [it.conversation_id for it in page]
        unknown = "00000000-0000-4000-8000-000000000000"
        api = genesys.AnalyticsApi(CLIENT)
        found = api.get_analytics_conversations_details(id=ids[:-1] + [unknown]).conversations
        self.assertEqual([it.to_dict() for it in found], [it.to_dict() for it in page[:-1]])
        with self.assertRaises(ApiException) as refused:
            api.get_analytics_conversations_details(id=ids + [unknown])
        self.assertEqual(refused.exception.status, 400)

    def test_values_are_read_as_what_they_are(self):
        purposes, kinds, names = set(), set(), set()
        for it in query(1).conversations:
            self.assertIsInstance(it.conversation_start, datetime.datetime)
            self.assertGreater(it.conversation_end, it.conversation_start)
            for participant in it.participants:
                purposes.add(participant.purpose)
                for session in participant.sessions:
                    self.check(session)
                    kinds |= {segment.segment_type for segment in session.segments}
                    names |= {metric.name for metric in session.metrics}
        self.assertLessEqual({"customer", "ivr", "acd", "agent"}, purposes)
        self.assertLessEqual({"alert", "interact", "hold", "wrapup", "ivr"}, kinds)
        self.assertLessEqual({"nOffered", "tAcd", "tAnswered", "tHandle"}, names)
        # An enum value that the SDK does not know would be replaced by this.
        self.assertNotIn("outdated_sdk_version", purposes | kinds)

    def check(self, session):
        self.assertIn(session.media_type, {"voice", "callback", "chat", "email", "message"})
        for segment in session.segments:
            self.assertLessEqual(segment.segment_start, segment.segment_end)
            self.assertNotEqual(segment.disconnect_type, "outdated_sdk_version")
        for metric in session.metrics:
            self.assertIsInstance(metric.value, int)
            self.assertIsInstance(metric.emit_date, datetime.datetime)

    def test_one_by_id(self):
        wanted = query(1).conversations[0]
        api = genesys.AnalyticsApi(CLIENT)
        found = api.get_analytics_conversation_details(wanted.conversation_id)
        self.assertEqual(found.conversation_end, wanted.conversation_end)
        with self.assertRaises(ApiException) as refused:
            api.get_analytics_conversation_details("00000000-0000-4000-8000-000000000000")
        self.assertEqual(refused.exception.status, 404)

    def test_the_depth_of_pages_has_its_limit(self):
        with self.assertRaises(ApiException) as refused:
            query(1001)
        self.assertEqual(refused.exception.status, 400)
        self.assertIn("Pagination may not exceed 100000", refused.exception.body)


class Lists(unittest.TestCase):
    def test_queues_come_in_pages_with_their_service_levels(self):
        api = genesys.RoutingApi(CLIENT)
        first = api.get_routing_queues(page_size=3, page_number=1)
        self.assertEqual((first.total, first.page_count, len(first.entities)), (7, 3, 3))
        last = api.get_routing_queues(page_size=3, page_number=3)
        self.assertEqual((len(last.entities), last.next_uri), (1, None))
        level = first.entities[0].media_settings.call.service_level
        self.assertEqual((level.duration_ms, level.percentage), (20_000, 0.8))
        self.assertEqual(first.entities[0].media_settings.message.service_level.duration_ms, 60_000)

    def test_members_are_users(self):
        users = genesys.UsersApi(CLIENT).get_users(page_size=100)
        self.assertEqual(users.total, len(users.entities))
        names = {user.id: user.name for user in users.entities}
        api = genesys.RoutingApi(CLIENT)
        for queue in api.get_routing_queues(page_size=100).entities:
            members = api.get_routing_queue_members(queue.id, page_size=100).entities
            self.assertEqual(len(members), queue.member_count)
            for member in members:
                self.assertEqual((member.user.id, member.name), (member.id, names[member.id]))
                self.assertTrue(member.joined)


class Agents(unittest.TestCase):
    """Agents with lives of their own."""

    @classmethod
    def setUpClass(cls):
        cls.stand_in = StandIn("--agents")
        configuration = genesys.configuration
        configuration.host = cls.stand_in.address
        cls.client = genesys.api_client.ApiClient(host=cls.stand_in.address)
        cls.client.get_client_credentials_token("me", "sesame")
        configuration.host = STAND_IN.address
        cls.queues = genesys.RoutingApi(cls.client).get_routing_queues(page_size=100).entities

    @classmethod
    def tearDownClass(cls):
        code = cls.stand_in.stop()
        assert code == 0, f"the stand-in ended with {code}"

    def activity(self, *metrics, queues=()):
        query = genesys.RoutingActivityQuery()
        query.group_by, query.metrics = ["queueId"], []
        for name in metrics:
            metric = genesys.RoutingActivityQueryMetric()
            metric.metric, metric.details = name, True
            query.metrics.append(metric)
        if queues:
            query.filter = genesys.RoutingActivityQueryFilter()
            query.filter.type, query.filter.predicates = "or", []
            for queue in queues:
                predicate = genesys.RoutingActivityQueryPredicate()
                predicate.type, predicate.operator = "dimension", "matches"
                predicate.dimension, predicate.value = "queueId", queue
                query.filter.predicates.append(predicate)
        return genesys.AnalyticsApi(self.client).post_analytics_routing_activity_query(query)

    def test_routing_activity_has_members_and_their_statuses(self):
        answer = self.activity("oMemberUsers", "oOnQueueUsers", "oUserPresences")
        self.assertEqual(answer.entity_id_dimension, "userId")
        self.assertEqual({it.group["queueId"] for it in answer.results}, {it.id for it in self.queues})
        for result in answer.results:
            self.assertIs(result.truncated, False)
            members = [it for it in result.data if it.metric == "oMemberUsers"]
            self.assertEqual([it.count for it in members], [len(result.entities)])
            for entity in result.entities:
                self.assertEqual(entity.queue_id, result.group["queueId"])
                self.assertIn(entity.queue_membership_status, {"active", "inactive"})
                self.assertIsInstance(entity.routing_status_date, datetime.datetime)
                self.assertIsInstance(entity.presence_date, datetime.datetime)
        some = self.activity("oMemberUsers", queues=[it.id for it in self.queues[:2]])
        self.assertEqual([it.group["queueId"] for it in some.results], [it.id for it in self.queues[:2]])

    def test_members_and_users_are_expanded(self):
        api = genesys.RoutingApi(self.client)
        entities = {it.user_id: it for it in self.activity("oMemberUsers").results[0].entities}
        queue = self.queues[0].id
        expand = ["routingStatus", "presence"]
        members = api.get_routing_queue_members(queue, page_size=100, expand=expand).entities
        self.assertEqual({it.id for it in members}, set(entities))
        for member in members:
            entity = entities[member.id]
            self.assertEqual(member.joined, entity.queue_membership_status == "active")
            self.assertEqual(member.routing_status.status, entity.routing_status)
            self.assertEqual(member.user.presence.modified_date, entity.presence_date)
        joined = api.get_routing_queue_members(queue, page_size=100, joined=True).entities
        self.assertEqual({it.id for it in joined}, {it.id for it in members if it.joined})
        ids = list(entities)[:20]
        users = genesys.UsersApi(self.client).get_users(id=ids, page_size=100, expand=expand).entities
        self.assertEqual({it.id for it in users}, set(ids))
        for user in users:
            self.assertEqual(user.routing_status.start_time, entities[user.id].routing_status_date)
            definition = user.presence.presence_definition
            self.assertEqual(definition.id, entities[user.id].organization_presence_id)

    def test_presences_and_their_definitions(self):
        api = genesys.PresenceApi(self.client)
        definitions = {it.id: it for it in api.get_presence_definitions().entities}
        self.assertIn("Break", {it.system_presence for it in definitions.values()})
        self.assertEqual({it.type for it in definitions.values()}, {"System", "User"})
        # An enum value that the SDK does not know would be replaced by this.
        self.assertNotIn("outdated_sdk_version", {it.system_presence for it in definitions.values()})
        users = genesys.UsersApi(self.client).get_users(page_size=50).entities
        ids = [it.id for it in users]
        presences = api.get_users_presences_purecloud_bulk(id=ids)
        self.assertEqual([it.user_id for it in presences], ids)
        for presence in presences:
            self.assertIn(presence.presence_definition.id, definitions)
            self.assertIsInstance(presence.modified_date, datetime.datetime)
        with self.assertRaises(ApiException) as refused:
            api.get_users_presences_purecloud_bulk(id=[str(n) for n in range(51)])
        self.assertEqual(refused.exception.status, 400)

    def details(self, interval=WHOLE, users=(), number=1):
        query = genesys.UserDetailsQuery()
        query.interval, query.order, query.paging = interval, "asc", genesys.PagingSpec()
        query.paging.page_size, query.paging.page_number = 100, number
        if users:
            only = genesys.UserDetailQueryFilter()
            only.type, only.predicates = "or", []
            for user in users:
                predicate = genesys.UserDetailQueryPredicate()
                predicate.type, predicate.operator = "dimension", "matches"
                predicate.dimension, predicate.value = "userId", user
                only.predicates.append(predicate)
            query.user_filters = [only]
        return genesys.AnalyticsApi(self.client).post_analytics_users_details_query(query)

    def test_details_of_users_follow_on_each_other(self):
        answer = self.details()
        users = list(answer.user_details)
        while len(users) < answer.total_hits:
            users += self.details(number=len(users) // 100 + 1).user_details
        self.assertEqual(len({it.user_id for it in users}), answer.total_hits)
        statuses, presences = set(), set()
        for user in users:
            statuses |= {it.routing_status for it in user.routing_status}
            presences |= {it.system_presence for it in user.primary_presence}
            for records in (user.routing_status, user.primary_presence):
                for first, second in zip(records, records[1:]):
                    self.assertEqual(first.end_time, second.start_time)
                self.assertIsNone(records[-1].end_time)
        self.assertLessEqual({"IDLE", "INTERACTING", "OFF_QUEUE"}, statuses)
        self.assertLessEqual({"ON_QUEUE", "AVAILABLE", "BREAK"}, presences)
        self.assertNotIn("outdated_sdk_version", statuses | presences)
        wanted = users[0]
        only = self.details(users=[wanted.user_id]).user_details
        self.assertEqual([it.to_dict() for it in only], [wanted.to_dict()])

    def test_long_intervals_of_details_need_users(self):
        long = "2026-05-01T00:00:00.000Z/2026-05-14T00:00:00.000Z"
        user = self.details().user_details[0].user_id
        self.assertEqual(self.details(long, [user]).total_hits, 1)
        with self.assertRaises(ApiException) as refused:
            self.details(long)
        self.assertEqual(refused.exception.status, 400)


class Refusals(unittest.TestCase):
    def setUp(self):
        # By itself the SDK tries again ten times, as the library below it does.
        kept = CLIENT.get_http_client().rest_client.pool_manager.connection_pool_kw
        retries = kept["retries"]
        self.retry(False)
        self.addCleanup(self.retry, retries)
        self.addCleanup(STAND_IN.faults)

    def retry(self, retries):
        pools = CLIENT.get_http_client().rest_client.pool_manager
        pools.clear()
        pools.connection_pool_kw["retries"] = retries

    def test_too_many_requests_say_how_long_to_wait(self):
        STAND_IN.faults(next=[{"of": "users", "fault": {"kind": "throttled", "seconds": 42}}])
        with self.assertRaises(ApiException) as refused:
            genesys.UsersApi(CLIENT).get_users()
        refused = refused.exception
        body = json.loads(refused.body)
        self.assertEqual((refused.status, refused.headers["Retry-After"]), (429, "42"))
        message = "Rate limit exceeded the maximum. Retry the request in [42] seconds"
        self.assertEqual((body["message"], body["code"]), (message, "too.many.requests.retry.after"))
        self.assertEqual(body["contextId"], refused.headers["ININ-Correlation-Id"])
        genesys.UsersApi(CLIENT).get_users()
        self.assertGreaterEqual(STAND_IN.asked()["byStatus"]["429"], 1)

    def test_who_waits_as_told_is_answered(self):
        STAND_IN.faults(next=[{"of": "users", "fault": {"kind": "throttled", "seconds": 1}}])
        self.retry(1)
        began = time.monotonic()
        self.assertGreater(genesys.UsersApi(CLIENT).get_users().total, 0)
        self.assertGreaterEqual(time.monotonic() - began, 1)

    def test_a_wrong_secret_gets_no_token(self):
        with self.assertRaises(ApiException) as refused:
            genesys.api_client.ApiClient().get_client_credentials_token("me", "wrong")
        self.assertEqual(refused.exception.status, 401)

    def test_without_a_token_nothing_is_told(self):
        stranger = genesys.api_client.ApiClient()
        with self.assertRaises(ApiException) as refused:
            genesys.UsersApi(stranger).get_users()
        self.assertEqual(refused.exception.status, 401)

    def test_a_broken_answer_is_an_error(self):
        STAND_IN.faults(next=[{"fault": {"kind": "truncated"}}])
        with self.assertRaises(Exception):
            genesys.UsersApi(CLIENT).get_users()
        genesys.UsersApi(CLIENT).get_users()


if __name__ == "__main__":
    sys.exit(unittest.main())
