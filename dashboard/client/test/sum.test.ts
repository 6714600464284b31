import assert from "node:assert/strict";
import { test } from "node:test";
import { sum } from "../src/index.js";
import { digest, fnv1a } from "../src/digest.js";
import { randomOf } from "./world.js";

const row = (metrics: Record<string, number>, computed = {}) => ({ metrics, computed });

test("rates and averages of a group come from its sums, and never from averages", () => {
  const small = row({ nOffered: 2, "tAnswered.count": 1, "tAnswered.sum": 60_000, nOverSla: 1, "tAbandon.count": 1 });
  const large = row({ nOffered: 98, "tAnswered.count": 97, "tAnswered.sum": 970_000, nOverSla: 3, "tAbandon.count": 1 });
  const { computed, metrics } = sum([small, large]);
  assert.equal(metrics.nOffered, 100);
  assert.equal(computed.serviceLevel, 94 / 100);
  assert.equal(computed.asaMs, 1_030_000 / 98);
  assert.equal(computed.abandonRate, 2 / 100);
  assert.equal(computed.ahtMs, undefined, "a ratio with denominator 0 is absent");
});

test("each switch of the service level changes the denominator", () => {
  const rows = [row({ "tAnswered.count": 80, nOverSla: 8, "tAbandon.count": 10, "tShortAbandon.count": 4, "tFlowOut.count": 5 })];
  const level = (formula: object) => sum(rows, formula).computed.serviceLevel;
  assert.equal(level({}), 72 / 90);
  assert.equal(level({ includeFlowouts: true }), 72 / 95);
  assert.equal(level({ includeShortAbandons: false }), 72 / 86);
  assert.equal(level({ includeAbandons: false, includeShortAbandons: false }), 72 / 80);
});

test("the percentiles of a group are within 5 % of those of all its waits", () => {
  const random = randomOf(5);
  const waits: number[][] = [[], [], []];
  const rows = waits.map((list) => {
    const metrics: Record<string, number> = { "tAnswered.count": 500 };
    for (let count = 0; count < 500; count++) {
      const wait = Math.floor(random() ** 4 * 300_000);
      list.push(wait);
      const name = `w${bucketOf(wait)}`;
      metrics[name] = (metrics[name] ?? 0) + 1;
    }
    return row(metrics);
  });
  const all = waits.flat().sort((a, b) => a - b);
  const { waitP50Ms, waitP90Ms, waitP95Ms } = sum(rows).computed;
  for (const [q, value] of [[0.5, waitP50Ms], [0.9, waitP90Ms], [0.95, waitP95Ms]] as const) {
    const exact = all[Math.ceil(q * all.length) - 1]!;
    assert.ok(Math.abs(value! - exact) <= 0.05 * exact + 1, `p${q}: ${value} for ${exact}`);
  }
});

test("without the histogram of every row a group has no percentiles", () => {
  const { computed } = sum([row({ "tAnswered.count": 1, w20: 1 }), row({ "tAnswered.count": 1 })]);
  assert.equal(computed.waitP90Ms, undefined);
});

test("the longest wait of a group is the one that began first", () => {
  const since = (waitingSince?: string) => row({}, waitingSince ? { waitingSince } : {});
  const rows = [since("2026-05-12T10:00:00Z"), since(), since("2026-05-12T09:00:00Z")];
  assert.equal(sum(rows).computed.waitingSince, "2026-05-12T09:00:00Z");
});

/** The bucket of a wait, as kpis.md says it. */
function bucketOf(wait: number): number {
  if (wait < 16) return wait;
  const power = Math.floor(Math.log2(wait));
  return 16 + (power - 4) * 10 + Math.floor(((wait - 2 ** power) * 10) / 2 ** power);
}

test("digests are those of docs/protocol.md", () => {
  assert.equal(fnv1a(""), "cbf29ce484222325");
  const entry = (bucket: string, version: number) => {
    const data = { subject: "s", bucket, epoch: "1.1778594562000", version, at: "", metrics: {}, computed: {} };
    return { key: `s|${bucket}`, subject: "s", bucket, data };
  };
  assert.equal(digest([entry("now", 12), entry("P1D#2026-05-12", 7)]), "49c5e4f630b1bd1d");
});
