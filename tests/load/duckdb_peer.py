"""The peer of the replay benchmark: DuckDB over the same file, on one thread, in one query.

It deduplicates detail events by topic and session, and sums the queues' interval rows. Prints the
seconds of the fastest of N runs and the sums, so that the numbers can be compared with ours.

Usage: duckdb_peer.py FILE [RUNS]
"""

import json
import sys
import time

import duckdb

QUERY = """
WITH events AS (
    SELECT "detail-type" AS topic, detail.eventBody AS body
    FROM read_json($file, format = 'newline_delimited', columns = {
        'detail-type': 'VARCHAR',
        'detail': 'STRUCT(eventBody STRUCT(
            eventTime BIGINT, sessionId VARCHAR, queueId VARCHAR, mediaType VARCHAR,
            acdOutcome VARCHAR, connectedDurationMs BIGINT, interactingDurationMs BIGINT,
            heldDurationMs BIGINT, contactingDurationMs BIGINT, dialingDurationMs BIGINT,
            alertingDurationMs BIGINT, wrapupDurationMs BIGINT, disconnectType VARCHAR))'})
    WHERE topic IN ('v2.detail.events.conversation.{id}.acd.start',
                    'v2.detail.events.conversation.{id}.acd.end',
                    'v2.detail.events.conversation.{id}.user.end',
                    'v2.detail.events.conversation.{id}.acw')
),
newest AS (
    SELECT topic, body.sessionId AS session, arg_max(body, body.eventTime) AS body
    FROM events GROUP BY topic, session
)
SELECT body.queueId AS queue, lower(body.mediaType) AS media,
       body.eventTime // 1800000 AS interval_start,
       count(*) FILTER (topic LIKE '%.acd.start') AS n_offered,
       count(*) FILTER (body.acdOutcome = 'ANSWERED') AS answered,
       sum(body.connectedDurationMs) FILTER (body.acdOutcome = 'ANSWERED') AS answered_ms,
       count(*) FILTER (body.acdOutcome = 'ABANDON') AS abandoned,
       sum(body.connectedDurationMs) FILTER (body.acdOutcome = 'ABANDON') AS abandoned_ms,
       count(*) FILTER (body.acdOutcome = 'FLOW_OUT') AS flowed_out,
       sum(body.interactingDurationMs) AS talk_ms, sum(body.heldDurationMs) AS held_ms,
       sum(body.alertingDurationMs) AS alert_ms, sum(body.wrapupDurationMs) AS acw_ms,
       count(*) FILTER (body.disconnectType = 'TRANSFER') AS transferred
FROM newest WHERE body.queueId IS NOT NULL GROUP BY ALL
"""


def main() -> None:
    file, runs = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 3
    connection = duckdb.connect(config={"threads": 1})
    seconds = []
    for _ in range(runs):
        began = time.perf_counter()
        rows = connection.execute(QUERY, {"file": file}).fetchall()
        seconds.append(time.perf_counter() - began)
    talk_ms = sum(row[9] or 0 for row in rows)
    print(json.dumps({"version": duckdb.__version__, "seconds": min(seconds), "talkMs": int(talk_ms)}))


if __name__ == "__main__":
    main()
