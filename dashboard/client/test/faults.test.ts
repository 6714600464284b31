/**
 * Whatever goes wrong on the way: in the end every viewer has the server's rows, and no row was shown as live while the
 * client could know that it is behind.
 *
 * `SEEDS=5000 npm test` looks longer, `SEED=17 npm test` repeats one run.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createClient } from "../src/index.js";
import { isRecent } from "../src/buckets.js";
import { DELAY_MS, type Faults, FaultServer, intervalOf, LATENCY_MS, NO_FAULTS } from "./server.js";
import { randomOf, World } from "./world.js";

const SUBJECTS = ["queue#a#voice", "queue#a#chat", "queue#b#voice", "queue#c#voice", "queue#c#email", "api#budget"];
const SECOND = 1000;
/** The longest time from the death of a silent socket to the sight of it: a quiet time, a ping, a tick. */
const SILENCE_MS = 42 * SECOND;

test("whatever is lost, repeated, reordered, cut or truncated, the rows of the client become those of the server", async () => {
  const first = Number(process.env.SEED ?? 1);
  const count = process.env.SEED ? 1 : Number(process.env.SEEDS ?? 1000);
  for (let seed = first; seed < first + count; seed++) {
    try {
      await run(seed);
    } catch (error) {
      throw new Error(`seed ${seed} (SEED=${seed} npm test): ${(error as Error).message}`, { cause: error });
    }
  }
});

async function run(seed: number): Promise<void> {
  const random = randomOf(seed);
  const world = new World();
  const server = new FaultServer(world, random);
  if (random() < 0.3) server.features = undefined;
  if (random() < 0.3) server.lifeMs = (20 + random() * 60) * SECOND;
  const changes = startChanges(server);
  const client = createClient({ url: "wss://test", getToken: () => "token", webSocket: server.connect, onWake: () => () => {}, waits: true, ...world.options(random) });
  const query = client.query({ subjects: ["queue#*", "api#budget"] });
  const watch = new Watch(server, () => query.rows());
  query.subscribe(() => watch.check());
  server.faults = randomFaults(random);
  await world.pass((40 + random() * 80) * SECOND, () => watch.check());
  server.faults = NO_FAULTS;
  server.lifeMs = Infinity;
  for (const socket of [...server.sockets]) if (random() < 0.5) socket.cut();
  await world.pass(30 * SECOND, () => watch.check());
  changes.over = true;
  await world.pass(120 * SECOND, () => watch.check());
  compare(server, query.rows());
  assert.equal(client.state, "live");
  client.close();
  assert.ok(query.rows().every(({ state }) => state === "closed"));
}

function randomFaults(random: () => number): Faults {
  const faults = { ...NO_FAULTS };
  const greatest: Faults = { lose: 0.3, repeat: 0.3, reorder: 0.5, truncate: 0.02, oversize: 0.003, cut: 0.05, silence: 0.03, refuse: 0.5, error: 0.3 };
  for (const name of Object.keys(faults) as (keyof Faults)[]) if (random() < 0.6) faults[name] = random() * greatest[name];
  return faults;
}

/** Rows change, come, go and begin anew, several times a second. */
function startChanges(server: FaultServer): { over: boolean } {
  const { world, random, rows } = server;
  const handle = { over: false };
  const change = () => {
    const subject = SUBJECTS[Math.floor(random() * SUBJECTS.length)]!;
    const [, day, ...intervals] = server.currentBuckets();
    const bucket = random() < 0.4 ? "now" : random() < 0.5 ? day! : intervals[random() < 0.8 ? 0 : Math.floor(random() * 4)]!;
    const key = `${subject}|${bucket}`;
    if (random() < 0.02) rows.restore(key);
    else if (random() < 0.01) rows.remove(key);
    else rows.change(subject, bucket);
  };
  const again = () => {
    if (handle.over) return;
    change();
    world.after(random() * 800, again);
  };
  for (let count = 0; count < 30; count++) change();
  rows.change("queue#a#voice", intervalOf(Date.parse("2026-05-12T02:00:00Z")));
  again();
  return handle;
}

type Rows = ReturnType<ReturnType<ReturnType<typeof createClient>["query"]>["rows"]>;

/** What must hold at every moment. */
class Watch {
  #connectedAt = 0;
  #shown: Rows = [];
  #checkedAt = 0;
  /** Rows never change, so what they are is looked at once. */
  #compared = new WeakSet<object>();

  constructor(
    readonly server: FaultServer,
    readonly rows: () => Rows,
  ) {}

  check(): void {
    const { world, rows, arrived, verifySeconds } = this.server;
    const sockets = [...this.server.sockets].filter(({ state }) => state === "open" || state === "silent");
    if (sockets.some(({ state }) => state === "open")) this.#connectedAt = world.now;
    const withoutMs = world.now - this.#connectedAt;
    const shown = this.rows();
    if (shown === this.#shown && world.now - this.#checkedAt < 250) return;
    [this.#shown, this.#checkedAt] = [shown, world.now];
    for (const row of shown) {
      if (row.state !== "live") continue;
      const name = () => `${row.key} ${row.epoch} version ${row.version}`;
      if (!sockets.length && withoutMs >= SECOND) assert.fail(`${name()} is live ${withoutMs} ms after the socket was cut`);
      if (withoutMs >= SILENCE_MS) assert.fail(`${name()} is live ${withoutMs} ms after the socket fell silent`);
      if (!this.#compared.has(row)) {
        const real = rows.history.get(row.key)?.find((version) => version.row?.epoch === row.epoch && version.row.version === row.version);
        assert.deepEqual(row.metrics, real?.row?.metrics, `${name()} is no state that the row had`);
        this.#compared.add(row);
      }
      const newest = arrived.get(`${row.key} ${row.epoch}`) ?? 0;
      if (row.version < newest) assert.fail(`${name()} is live, and version ${newest} has arrived`);
      const behindMs = world.now - (rows.replacedAt(row.key, row.epoch, row.version) ?? world.now);
      const most = 2 * verifySeconds * SECOND + DELAY_MS + 2 * SECOND + 2 * LATENCY_MS;
      if (behindMs > most) assert.fail(`${name()} is live, and behind for ${behindMs} ms`);
    }
  }
}

function compare(server: FaultServer, rows: Rows): void {
  const { world } = server;
  const buckets = server.currentBuckets();
  const expected = server.rows.rows().filter(({ bucket }) => buckets.includes(bucket));
  const shown = new Map(rows.map((row) => [row.key, row]));
  for (const { subject, bucket, epoch, version, metrics } of expected) {
    const row = shown.get(`${subject}|${bucket}`);
    assert.deepEqual({ ...row, at: 0, computed: 0, key: 0, name: 0 }, { subject, bucket, epoch, version, metrics, state: "live", at: 0, computed: 0, key: 0, name: 0 });
  }
  for (const row of rows) {
    assert.ok(isRecent(row.bucket, world.now), `${row.key} is old`);
    assert.equal(row.version, server.rows.row(row.key)?.version, `${row.key} is a row of the server`);
  }
}
