"""Writes a day of a busy contact centre, as detail events in order of time: the second world of the
replay benchmark.

It shares nothing with the simulator. 900 agents work for 60 queues, a third of the waits have one or
two alerts that nobody answers, calls are transferred and abandoned, and lines come from producers
that put blanks behind `:` and `,` or not. The same seed always gives the same file.

Usage: world.py FILE [CONVERSATIONS [SEED]]
"""

import heapq
import json
import random
import sys
import time
from dataclasses import dataclass
from pathlib import Path

CONVERSATIONS = 95_000
AGENTS = 900
QUEUES = 60
DAY_BEGINS = 1_778_544_000_000  # 2026-05-12T00:00:00Z
HOUR_MS = 3_600_000
# Arrivals by hour of the day, as shares of any size.
ARRIVALS = [1, 1, 1, 1, 1, 2, 5, 14, 30, 42, 46, 44, 36, 38, 42, 44, 40, 32, 20, 12, 8, 5, 3, 2]
# Media type, provider, share of conversations, mean talk and mean after-call work in seconds.
MEDIA = [
    ("VOICE", "Edge", 60, 240, 35),
    ("MESSAGE", "PureCloud Messaging", 20, 420, 15),
    ("CHAT", "PureCloud Webchat v2", 9, 360, 20),
    ("EMAIL", "PureCloud Email", 6, 500, 10),
    ("CALLBACK", "PureCloud Callback", 5, 200, 35),
]
SEPARATORS = [(",", ":"), (", ", ": "), (",", ": ")]
SOURCE = "aws.partner/genesys.com/cloud/664cd742-0c02-5f3f-93a5-05d3fff8656a/kpi-events"
TOPIC = "v2.detail.events.conversation.{}.{}"


@dataclass
class Queue:
    id: str
    agents: list


class World:
    """Queues, agents and all chance."""

    def __init__(self, seed: int):
        self.random = random.Random(seed)
        self.division = self.uuid()
        agents = [self.uuid() for _ in range(AGENTS)]
        # An agent works for two or three queues, so queues share agents.
        size = AGENTS * 5 // (2 * QUEUES)
        self.queues = [Queue(self.uuid(), self.random.sample(agents, size)) for _ in range(QUEUES)]

    def uuid(self) -> str:
        digits = f"{self.random.getrandbits(128):032x}"
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"

    def lasting(self, mean_seconds: float) -> int:
        """A duration in ms."""
        return 1 + int(self.random.expovariate(1 / mean_seconds) * 1000)

    def arrivals(self, count: int) -> list:
        hours = self.random.choices(range(24), ARRIVALS, k=count)
        return sorted(DAY_BEGINS + int((hour + self.random.random()) * HOUR_MS) for hour in hours)


class Conversation:
    """One conversation, told from its begin to its end; `events` collects (time, topic, body)."""

    def __init__(self, world: World, begin: int):
        self.world, self.random, self.events = world, world.random, []
        shares = [share for _, _, share, _, _ in MEDIA]
        self.media, self.provider, _, self.talk, self.acw = self.random.choices(MEDIA, shares)[0]
        self.id, self.begin = world.uuid(), begin
        self.caller = f"tel:+1317555{self.random.randrange(10_000):04d}"
        self.tell()

    def tell(self) -> None:
        customer = self.session()
        self.event("customer.start", customer, self.begin)
        now = self.begin + self.world.lasting(20)
        handed_on = True
        while handed_on:
            now, handed_on = self.wait(self.random.choice(self.world.queues), now)
        total = now - self.begin
        self.event("customer.end", customer, now, disconnectType="ENDPOINT", interactingDurationMs=total)

    def wait(self, queue: Queue, now: int) -> tuple:
        """A stay in a queue, and what follows from it; when it is over, and whether another follows."""
        session, offered = self.session() | {"queueId": queue.id}, now
        self.event("acd.start", session, now, routingPriority=0, requestedRoutingSkillIds=[])
        now += self.world.lasting(25)
        if self.random.random() < 1 / 3:
            for _ in range(self.random.choice([1, 2])):
                now = self.unanswered(queue, now)
        outcome = self.random.choices(["ANSWERED", "ABANDON", "FLOW_OUT"], [90, 8, 2])[0]
        if outcome != "ANSWERED":
            self.leave(session, now, now - offered, outcome)
            return now, outcome == "FLOW_OUT"
        return self.answered(queue, session, offered, now)

    def unanswered(self, queue: Queue, now: int) -> int:
        user, alerting = self.user_session(queue), self.random.randrange(8_000, 20_000)
        self.event("user.start", user, now)
        now += alerting
        self.event("user.end", user, now, disconnectType="SYSTEM", alertingDurationMs=alerting)
        return now + self.random.randrange(100, 2_000)

    def leave(self, session: dict, now: int, waited: int, outcome: str, **more) -> None:
        disconnect = "PEER" if outcome == "ABANDON" else "TRANSFER"
        self.event("acd.end", session, now, disconnectType=disconnect, acdOutcome=outcome,
                   requestedRoutings=["STANDARD"], routingPriority=0, connectedDurationMs=waited, **more)

    def answered(self, queue: Queue, session: dict, offered: int, now: int) -> tuple:
        user, alerting = self.user_session(queue), self.world.lasting(5)
        self.event("user.start", user, now)
        now += alerting
        self.leave(session, now, now - offered, "ANSWERED", answeredUserId=user["userId"], usedRouting="STANDARD")
        talked = self.world.lasting(self.talk)
        held = self.world.lasting(30) if self.media == "VOICE" and self.random.random() < 0.2 else 0
        now += talked + held
        ending = self.random.choices(["PEER", "ENDPOINT", "TRANSFER", "CONSULT_TRANSFER"], [40, 38, 18, 4])[0]
        self.event("user.end", user, now, disconnectType=ending, interactingDurationMs=talked,
                   heldDurationMs=held, alertingDurationMs=alerting)
        if self.random.random() < 0.9:
            wrapup = self.world.lasting(self.acw)
            self.event("acw", user, now + wrapup, wrapupCode="39f50074-7a02-5c2f-b643-36674b2f8634",
                       wrapupNotes="", wrapupDurationMs=wrapup)
        return now + self.random.randrange(100, 2_000), ending.endswith("TRANSFER")

    def session(self) -> dict:
        return {"participantId": self.world.uuid(), "sessionId": self.world.uuid()}

    def user_session(self, queue: Queue) -> dict:
        return self.session() | {"userId": self.random.choice(queue.agents), "queueId": queue.id}

    def event(self, topic: str, session: dict, at: int, **more) -> None:
        body = {"eventTime": at, "conversationId": self.id, **session, "mediaType": self.media,
                "provider": self.provider, "direction": "INBOUND", "ani": self.caller,
                "dnis": "tel:+18005550100", "addressTo": "tel:+18005550100", "addressFrom": self.caller,
                "divisionId": self.world.division, **more}
        self.events.append((at, topic, body))


def line(world: World, at: int, topic: str, body: dict) -> str:
    arrived = at + 180
    second = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(arrived // 1000))
    event = {
        "version": "0", "id": world.uuid(), "detail-type": TOPIC.format("{id}", topic), "source": SOURCE,
        "account": "123456789012", "time": f"{second}Z", "region": "us-east-1", "resources": [],
        "detail": {
            "topicName": TOPIC.format(body["conversationId"], topic), "version": "2", "eventBody": body,
            "metadata": {"CorrelationId": world.uuid()}, "timestamp": f"{second}.{arrived % 1000:03d}Z",
        },
    }
    return json.dumps(event, separators=world.random.choice(SEPARATORS))


def lines(world: World, conversations: int):
    """The events of all conversations, merged in order of time."""
    waiting, number = [], 0
    for begin in world.arrivals(conversations):
        while waiting and waiting[0][0] < begin:
            at, _, topic, body = heapq.heappop(waiting)
            yield line(world, at, topic, body)
        for at, topic, body in Conversation(world, begin).events:
            heapq.heappush(waiting, (at, number, topic, body))
            number += 1
    while waiting:
        at, _, topic, body = heapq.heappop(waiting)
        yield line(world, at, topic, body)


def write(file: Path, conversations: int = CONVERSATIONS, seed: int = 11) -> int:
    """Writes the file; gives the number of events."""
    count, world = 0, World(seed)
    with file.open("w") as target:
        for event in lines(world, conversations):
            target.write(event + "\n")
            count += 1
    return count


def main() -> None:
    file, numbers = Path(sys.argv[1]), [int(number) for number in sys.argv[2:]]
    print(f"{write(file, *numbers):,} events")


if __name__ == "__main__":
    main()
