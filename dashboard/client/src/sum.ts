/**
 * Groups by addition: whatever a set of rows has in common is computed from their sums, never from their averages.
 *
 * @module
 */
import type { Computed, RowData } from "./protocol.js";

/** Genesys' three switches of the service level. */
export interface ServiceLevelFormula {
  readonly includeFlowouts?: boolean;
  readonly includeShortAbandons?: boolean;
  readonly includeAbandons?: boolean;
}

/** The sums of rows, and what follows from them. */
export interface Sum {
  readonly metrics: Readonly<Record<string, number>>;
  readonly computed: Computed;
}

const ratio = (part: number, whole: number) => (whole ? part / whole : undefined);

/** Adds rows. Percentiles need rows with a histogram; without one in every row that has waits they are absent. */
export function sum(rows: Iterable<Pick<RowData, "metrics" | "computed">>, formula: ServiceLevelFormula = {}): Sum {
  const metrics: Record<string, number> = {};
  const since: Record<string, string> = {};
  for (const row of rows) {
    for (const name in row.metrics) metrics[name] = (metrics[name] ?? 0) + row.metrics[name]!;
    for (const name of ["waitingSince", "interactingSince", "idleSince"]) {
      const time = row.computed[name] as string | undefined;
      if (time && !(since[name]! <= time)) since[name] = time;
    }
  }
  return { metrics, computed: { ...computedOf(metrics, formula), ...since } };
}

function computedOf(metrics: Record<string, number>, formula: ServiceLevelFormula): Computed {
  const count = (name: string) => metrics[name] ?? 0;
  const average = (timer: string) => ratio(count(`${timer}.sum`), count(`${timer}.count`));
  const answered = count("tAnswered.count");
  const abandoned = count("tAbandon.count");
  const waits = histogram(metrics);
  // Waits of a row without a histogram would be missing among those of the others.
  const quantileOf = (q: number) => (total(waits) < answered + abandoned ? undefined : quantile(waits, q));
  return {
    asaMs: average("tAnswered"),
    ahtMs: average("tHandle"),
    avgTalkMs: average("tTalkComplete"),
    avgHoldMs: average("tHeldComplete"),
    avgAcwMs: average("tAcw"),
    answerRate: ratio(answered, count("nOffered")),
    abandonRate: ratio(abandoned, count("nOffered")),
    serviceLevel: serviceLevel(count, formula),
    waitP50Ms: quantileOf(0.5),
    waitP90Ms: quantileOf(0.9),
    waitP95Ms: quantileOf(0.95),
  };
}

function serviceLevel(count: (name: string) => number, formula: ServiceLevelFormula): number | undefined {
  const answered = count("tAnswered.count");
  const short = formula.includeShortAbandons === false ? count("tShortAbandon.count") : 0;
  const abandoned = formula.includeAbandons === false ? 0 : count("tAbandon.count") - short;
  const flowOuts = formula.includeFlowouts ? count("tFlowOut.count") : 0;
  return ratio(answered - count("nOverSla"), answered + abandoned + flowOuts);
}

/** Bucket numbers of the histogram of waits with their counts, in order (`kpis.md#histogram`). */
function histogram(metrics: Record<string, number>): [number, number][] {
  const names = Object.keys(metrics).filter((name) => /^w\d+$/.test(name));
  return names.map((name): [number, number] => [Number(name.slice(1)), metrics[name]!]).sort(([a], [b]) => a - b);
}

const total = (waits: readonly (readonly [number, number])[]) => waits.reduce((sum, [, count]) => sum + count, 0);

/** The `q`-quantile of the nearest rank, in milliseconds. */
export function quantile(waits: readonly (readonly [number, number])[], q: number): number | undefined {
  let remaining = Math.max(1, Math.ceil(q * total(waits)));
  for (const [bucket, count] of waits) {
    remaining -= count;
    if (remaining <= 0) return representative(bucket);
  }
  return undefined;
}

/** Waits below this, in ms, have a bucket each. From there on every doubling has ten. */
const EXACT = 16;

function representative(bucket: number): number {
  if (bucket < EXACT) return bucket;
  const [a, b] = [lowerBound(bucket), lowerBound(bucket + 1)];
  return (2 * a * b) / (a + b);
}

function lowerBound(bucket: number): number {
  const position = bucket - EXACT;
  return (EXACT * 2 ** Math.floor(position / 10) * (10 + (position % 10))) / 10;
}
