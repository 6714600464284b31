import assert from "node:assert/strict";
import { test } from "node:test";
import { type ConnectionState, createClient, type TokenReason, UnauthorizedError } from "../src/index.js";
import { rowOf, socketsIn } from "./socket.js";
import { World } from "./world.js";

const SECOND = 1000;
const MINUTE = 60 * SECOND;

function start(getToken: (request: { reason: TokenReason }) => string | Promise<string> = () => "t") {
  const world = new World();
  const net = socketsIn(world);
  const client = createClient({ ...net.options, getToken });
  const states: ConnectionState[] = [];
  client.on("state", ({ state }) => states.push(state));
  const query = client.query({ queues: "*" });
  return { world, client, states, query, ...net };
}

/** A client whose one row is live. */
async function live(getToken?: Parameters<typeof start>[0]) {
  const parts = start(getToken);
  const end = parts.query.subscribe(() => {});
  await parts.world.pass(0);
  parts.last().serve([rowOf("queue#a#voice", "now", 3, { oWaiting: 2 })]);
  return { ...parts, end };
}

test("a client is idle until a query has a reader, and again when the last one is gone", async () => {
  const { world, client, states, query, sockets, last } = start();
  assert.equal(client.state, "idle");
  await world.pass(MINUTE);
  assert.equal(sockets.length, 0);
  const end = query.subscribe(() => {});
  await world.pass(0);
  assert.deepEqual(last().protocols, ["headroom.v1", "bearer.t"]);
  last().serve();
  assert.deepEqual(states, ["connecting", "live"]);
  end();
  await world.pass(500);
  query.subscribe(() => {})();
  await world.pass(500);
  assert.equal(client.state, "live", "frameworks unmount and mount again within a second");
  await world.pass(2 * SECOND);
  assert.equal(client.state, "idle");
  assert.ok(last().closed);
});

test("rows are the same array, and each row the same object, until they change", async () => {
  const { query, last } = await live();
  const [rows, row] = [query.rows(), query.row("queue#a#voice|now")];
  assert.equal(query.rows(), rows);
  last().receive({ type: "pong", id: 1 });
  assert.equal(query.rows(), rows);
  last().receive({ type: "deltas", rows: [{ ...rowOf("queue#b#voice", "now", 1), base: 0, set: {}, unset: [] }] });
  assert.notEqual(query.rows(), rows);
  assert.equal(query.row("queue#a#voice|now"), row);
  assert.throws(() => ((row as any).state = "live"), TypeError, "a row never changes");
});

test("a reader hears of a message once, however many rows are in it", async () => {
  const { query, last } = await live();
  let calls = 0;
  query.subscribe(() => calls++);
  const delta = (subject: string) => ({ ...rowOf(subject, "now", 1), base: 0, set: {}, unset: [] });
  last().receive({ type: "deltas", rows: ["queue#b#voice", "queue#c#voice", "queue#d#voice"].map(delta) });
  assert.equal(calls, 1);
});

test("all rows are stale the moment the socket is dead, and live when the next one has confirmed them", async () => {
  const { world, client, query, last, sockets } = await live();
  let shown = query.rows()[0]!.state;
  query.subscribe(() => (shown = query.rows()[0]!.state));
  last().drop();
  assert.equal(shown, "stale");
  assert.equal(client.state, "stale");
  assert.equal(client.stateEvent.code, 1006);
  await world.pass(2 * SECOND);
  assert.equal(sockets.length, 2);
  last().open();
  const { id, have } = last().request("subscribe");
  assert.deepEqual(have, { "queue#a#voice|now": { epoch: "1.1", version: 3 } });
  last().receive({ type: "snapshot", id, rows: [], last: true });
  assert.equal(shown, "live");
});

test("a silent socket is found by a ping, and replaced", async () => {
  const { world, client, last, sockets } = await live();
  await world.pass(24 * SECOND);
  assert.equal(last().request("ping"), undefined);
  await world.pass(7 * SECOND);
  assert.ok(last().request("ping"));
  await world.pass(10 * SECOND);
  assert.equal(client.state, "stale");
  assert.ok(sockets[0]!.closed);
});

test("a page that wakes up asks at once whether the server is there, and reconnects at once if it slept", async () => {
  const { world, last, wake, sockets } = await live();
  await world.pass(5 * SECOND);
  wake();
  assert.ok(last().request("ping"));
  last().receive({ type: "pong", id: 1 });
  world.now += 10 * MINUTE;
  wake();
  await world.pass(0);
  assert.equal(sockets.length, 2, "without waiting");
});

test("a handshake that never opened asks for a token again, and the callback can end it", async () => {
  const reasons: string[] = [];
  const { world, client, query, sockets, last } = start(({ reason }) => {
    reasons.push(reason);
    if (reasons.length > 2) throw new UnauthorizedError("this screen was revoked");
    return "t";
  });
  query.subscribe(() => {});
  await world.pass(0);
  last().drop();
  await world.pass(2 * SECOND);
  last().drop();
  await world.pass(5 * SECOND);
  assert.deepEqual(reasons, ["first", "rejected?", "rejected?"]);
  assert.equal(client.state, "unauthorized");
  await world.pass(60 * MINUTE);
  assert.equal(sockets.length, 2, "nobody hammers the authorizer");
  client.reconnect();
  await world.pass(0);
  assert.equal(reasons.at(-1), "first");
});

test("a token that does not come, or fails, is requested again, ever more rarely", async () => {
  let calls = 0;
  const errors: string[] = [];
  const { world, client, query } = start(() => {
    calls++;
    if (calls === 1) return new Promise(() => {});
    throw new Error("no network");
  });
  client.on("error", ({ message }) => errors.push(message));
  query.subscribe(() => {});
  await world.pass(40 * SECOND);
  assert.ok(calls > 1);
  await world.pass(60 * MINUTE);
  assert.ok(calls < 260, `${calls} calls in an hour`);
  assert.ok(errors.includes("Error: no network"));
});

test("a connection is renewed before two hours, and the old one stays until the new one is complete", async () => {
  const { world, client, query, sockets, states } = await live();
  let stale = 0;
  query.subscribe(() => (stale += Number(query.rows().some(({ state }) => state !== "live"))));
  const answer = () => {
    const socket = sockets[0]!;
    const ping = socket.sent.pop();
    if (!ping || socket.closed) return;
    if (ping.action === "ping") socket.receive({ type: "pong", id: ping.id });
    else socket.receive({ type: "snapshot", id: ping.id, rows: [], last: true });
  };
  for (let minute = 0; minute < 99 * 6; minute++) await world.pass(10 * SECOND, answer);
  assert.equal(sockets.length, 1);
  for (let minute = 0; minute < 16 * 6 && sockets.length === 1; minute++) await world.pass(10 * SECOND, answer);
  assert.equal(sockets.length, 2, "between 100 and 115 minutes");
  assert.ok(!sockets[0]!.closed);
  sockets[1]!.serve();
  assert.ok(sockets[0]!.closed);
  assert.equal(client.state, "live");
  assert.deepEqual(states, ["connecting", "live"]);
  assert.equal(stale, 0);
});

test("a connection is renewed before its token expires, whatever the clock of this machine says", async () => {
  const world = new World();
  for (const clockErrorSeconds of [0, -7200, 7200]) {
    const net = socketsIn(world);
    const iat = world.now / 1000 + clockErrorSeconds;
    const token = `h.${btoa(JSON.stringify({ iat, exp: iat + 600 }))}.s`;
    const reasons: string[] = [];
    const client = createClient({ ...net.options, getToken: ({ reason }) => (reasons.push(reason), token) });
    client.query({ queues: "*" }).subscribe(() => {});
    await world.pass(0);
    net.last().serve();
    const pong = () => net.last().receive({ type: "pong", id: 0 });
    for (let step = 0; step < 46; step++) await world.pass(10 * SECOND, pong);
    assert.deepEqual(reasons, ["first"]);
    for (let step = 0; step < 13 && reasons.length === 1; step++) await world.pass(10 * SECOND, pong);
    assert.deepEqual(reasons, ["first", "renew"]);
    client.close();
  }
});

test("an expired token is renewed at once", async () => {
  const reasons: string[] = [];
  const { world, last, sockets } = await live(({ reason }) => (reasons.push(reason), "t"));
  last().receive({ type: "expired" });
  last().drop(1000);
  await world.pass(2 * SECOND);
  assert.equal(sockets.length, 2);
  assert.deepEqual(reasons, ["first", "reconnect"]);
});

test("a gap makes its row stale, is reported, and is closed by a question about that row alone", async () => {
  const { query, client, last } = await live();
  const gaps: unknown[] = [];
  client.on("gap", (event) => gaps.push(event));
  const delta = { ...rowOf("queue#a#voice", "now", 9), base: 7, set: { oWaiting: 5 }, unset: [] };
  last().receive({ type: "deltas", rows: [delta] });
  assert.equal(query.rows()[0]!.state, "stale");
  assert.deepEqual(gaps, [{ keys: ["queue#a#voice|now"] }]);
  const { id, from, to, have } = last().request("verify");
  assert.deepEqual([from, to, have], ["queue#a#voice", "queue#a#voice!", { "queue#a#voice|now": { epoch: "", version: 0 } }]);
  last().receive({ type: "snapshot", id, rows: [rowOf("queue#a#voice", "now", 9, { oWaiting: 5 })], last: true });
  assert.deepEqual([query.rows()[0]!.state, query.rows()[0]!.metrics.oWaiting], ["live", 5]);
});

test("rows of the past are read once, and are no rows of queries", async () => {
  const { query, client, last } = await live();
  const read = client.read({ subjects: ["queue#a#voice"], since: "2026-05-12T00:00:00Z", until: "2026-05-12T09:00:00Z" });
  const { id } = last().request("read");
  last().receive({ type: "snapshot", id, rows: [rowOf("queue#a#voice", "PT30M#2026-05-12T01:00:00Z", 4)], last: false });
  last().receive({ type: "snapshot", id, rows: [rowOf("queue#a#voice", "PT30M#2026-05-12T01:30:00Z", 2)], last: true });
  assert.equal((await read).length, 2);
  assert.equal(query.rows().length, 1);
  const refused = client.read({ subjects: ["queue#x#voice"] });
  last().receive({ type: "error", id: last().request("read").id, code: "forbidden", message: "not allowed" });
  await assert.rejects(refused, /not allowed/);
});

test("histograms are requested once on a connection, and not of a server that does not know them", async () => {
  const world = new World();
  const net = socketsIn(world);
  const client = createClient({ ...net.options, getToken: () => "t", waits: true });
  client.query({ queues: "*" }).subscribe(() => {});
  await world.pass(0);
  net.last().open();
  assert.equal(net.last().request("subscribe").waits, true);
  net.last().receive({ type: "error", id: net.last().request("subscribe").id, code: "bad_request", message: "unknown field" });
  await world.pass(2 * SECOND);
  assert.equal(net.last().request("subscribe").waits, undefined);
  assert.equal(net.last().sent.filter(({ action }) => action === "subscribe").length, 2);
});

test("a catalog may come in parts, and one that has not changed stays", async () => {
  const { client, last } = start();
  client.query({ queues: "*" }).subscribe(() => {});
  await Promise.resolve();
  await Promise.resolve();
  await Promise.resolve();
  last().serve([], ["catalog"]);
  const { id } = last().request("catalog");
  const queues = () => client.catalog?.queues.map((queue) => queue.id);
  const part = { type: "catalog", id, version: "7", serviceLevels: {} };
  last().receive({ ...part, queues: [{ id: "a", name: "Billing" }], last: false });
  assert.equal(queues(), undefined);
  last().receive({ ...part, queues: [{ id: "b" }], last: true });
  assert.deepEqual(queues(), ["a", "b"]);
  last().receive({ ...part, unchanged: true, queues: [], last: true });
  assert.equal(queues()?.length, 2);
});

test("a query can be of a media type, of some buckets, and of what is subscribed to already", async () => {
  const { client, query, last } = await live();
  const day = rowOf("queue#a#chat", "P1D#2026-05-12", 1);
  const delta = (row: object) => ({ ...row, base: 0, set: {}, unset: [] });
  const old = rowOf("queue#a#chat", "P1D#2026-05-11", 1);
  const intervals = ["08:30", "09:30"].map((time) => rowOf("queue#a#chat", `PT30M#2026-05-12T${time}:00Z`, 1));
  last().receive({ type: "deltas", rows: [day, old, ...intervals].map(delta) });
  assert.equal(query.rows().length, 4, "of the two days only the newest");
  const kind = (bucket: "now" | "interval" | "past" | "day") => client.query({ queues: "*", media: "chat", buckets: [bucket] });
  const buckets = (["now", "interval", "past", "day"] as const).map((name) => kind(name).rows().map((row) => row.bucket));
  assert.deepEqual(buckets, [[], ["PT30M#2026-05-12T09:30:00Z"], ["PT30M#2026-05-12T08:30:00Z"], ["P1D#2026-05-12"]]);
});

test("rows do not pile up: intervals long past are dropped", async () => {
  const { world, query, sockets, last } = await live();
  const pong = () => sockets.at(-1)!.receive({ type: "pong", id: 0 });
  for (let interval = 0; interval < 20; interval++) {
    const bucket = `PT30M#${new Date(Math.floor(world.now / (30 * MINUTE)) * 30 * MINUTE).toISOString().slice(0, 19)}Z`;
    last().receive({ type: "deltas", rows: [{ ...rowOf("queue#a#voice", bucket, 1), base: 0, set: {}, unset: [] }] });
    for (let step = 0; step < 120; step++) await world.pass(15 * SECOND, pong);
    if (last().request("subscribe") && last() !== sockets[0] && !last().onmessage) break;
  }
  assert.ok(query.rows().length <= 6, `${query.rows().length} rows`);
});
