/**
 * The times of rows: `now`, intervals such as `PT30M#2026-05-12T14:00:00Z`, and days.
 *
 * @module
 */

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Past intervals that are kept besides the present one, as in the server's snapshots. */
const PAST_INTERVALS = 3;

/** A day is shown until it has certainly ended everywhere, and the next one has begun. */
const DAY_KEEP_MS = 50 * HOUR_MS;

const UNIT_MS: Record<string, number> = { M: MINUTE_MS, H: HOUR_MS, D: 24 * HOUR_MS };

/** Few names stand in very many rows. */
const SPANS = new Map<string, BucketSpan | undefined>();
const SPANS_MAX = 999;

/** When a bucket begins and how long it is, in milliseconds. */
export interface BucketSpan {
  readonly start: number;
  readonly length: number;
}

/** The span of a bucket; undefined for `now`. */
export function bucketSpan(bucket: string): BucketSpan | undefined {
  if (!SPANS.has(bucket)) {
    const [, number, unit, start] = /^PT?(\d+)([MHD])#(.+)/.exec(bucket) ?? [];
    if (SPANS.size > SPANS_MAX) SPANS.clear();
    SPANS.set(bucket, start ? { start: Date.parse(start), length: Number(number) * UNIT_MS[unit!]! } : undefined);
  }
  return SPANS.get(bucket);
}

const isDay = (bucket: string) => bucket.startsWith("P1D");

/** Whether rows of a bucket are still of use at a time: old intervals and days are not. */
export function isRecent(bucket: string, now: number): boolean {
  const { start, length } = bucketSpan(bucket) ?? { start: now, length: 1 };
  return now - start < (isDay(bucket) ? DAY_KEEP_MS : length * (PAST_INTERVALS + 1.5));
}

/** The bucket after this one, once it may have begun: local days begin up to 14 hours before those of UTC. */
export function nextBucket(bucket: string, now: number): string {
  const span = bucketSpan(bucket);
  const start = span ? span.start + span.length : Infinity;
  const hasBegun = now >= start - (isDay(bucket) ? 14 * HOUR_MS : 0);
  return hasBegun ? bucket.replace(/#.*/, (time) => `#${new Date(start).toISOString().replace(/\..*/, "Z").slice(0, time.length - 1)}`) : bucket;
}

/** Which buckets a query is about. */
export type BucketKind = "now" | "interval" | "past" | "day";

/** The kind of a bucket at a time; `newestDay` is the newest day of which there is a row. */
export function bucketKind(bucket: string, now: number, newestDay: string): BucketKind | undefined {
  const span = bucketSpan(bucket);
  if (!span) return "now";
  if (isDay(bucket)) return bucket === newestDay ? "day" : undefined;
  return now < span.start + span.length ? "interval" : "past";
}
