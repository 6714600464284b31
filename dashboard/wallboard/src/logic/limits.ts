/**
 * Limits: when a number is a warning or an alert, and when it is none any more.
 *
 * A limit and its clear limit are apart, so that a number that moves around the limit does not flicker.
 *
 * @module
 */

/** Numbers that can have limits. */
export const LIMIT_METRICS = ["serviceLevel", "waiting", "longestWaitMs", "abandonRate", "asaMs"] as const;
export type LimitMetric = (typeof LIMIT_METRICS)[number];

export type Level = "ok" | "warning" | "alert";

/** Where a level begins, and where it ends again. */
export interface Bound {
  readonly raise: number;
  readonly clear: number;
}

export interface Limit {
  readonly warning: Bound;
  readonly alert: Bound;
}

export type Limits = Readonly<Partial<Record<LimitMetric, Limit>>>;

/** Of these a small number is bad. */
const LOW_IS_BAD: ReadonlySet<string> = new Set(["serviceLevel"]);
/** A service level of a few calls says nothing. */
export const LEAST_CALLS = 5;

export const DEFAULT_LIMITS: Limits = {
  serviceLevel: { warning: { raise: 0.8, clear: 0.81 }, alert: { raise: 0.7, clear: 0.72 } },
  waiting: { warning: { raise: 10, clear: 8 }, alert: { raise: 20, clear: 17 } },
  longestWaitMs: { warning: { raise: 60_000, clear: 50_000 }, alert: { raise: 180_000, clear: 150_000 } },
  abandonRate: { warning: { raise: 0.05, clear: 0.045 }, alert: { raise: 0.1, clear: 0.09 } },
};

/** The level of a value, which depends on the level before: between clear and raise it stays. */
export function levelOf(metric: LimitMetric, value: number | undefined, limit: Limit | undefined, before: Level): Level {
  if (value === undefined || !limit) return "ok";
  const sign = LOW_IS_BAD.has(metric) ? -1 : 1;
  const beyond = (bound: Bound, isRaised: boolean) =>
    isRaised ? sign * value > sign * bound.clear : sign * value >= sign * bound.raise && (sign > 0 || value < bound.raise);
  if (beyond(limit.alert, before === "alert")) return "alert";
  return beyond(limit.warning, before !== "ok") ? "warning" : "ok";
}

/** The worst of some levels. */
export function worst(levels: Iterable<Level>): Level {
  let result: Level = "ok";
  for (const level of levels) {
    if (level === "alert") return "alert";
    if (level === "warning") result = "warning";
  }
  return result;
}

/** The service level's own limits follow the target of the queue, if the catalog has one. */
export function limitsFor(limits: Limits, target: number | undefined): Limits {
  const base = limits.serviceLevel;
  if (target === undefined || !base) return limits;
  const shift = target - base.warning.raise;
  if (shift === 0) return limits;
  const move = ({ raise, clear }: Bound) => ({ raise: round(raise + shift), clear: round(Math.min(1, clear + shift)) });
  return { ...limits, serviceLevel: { warning: move(base.warning), alert: move(base.alert) } };
}

const round = (value: number) => Math.round(value * 1000) / 1000;

/** `waiting:10/8:20/17`: warning and alert, each with the value at which it ends. */
export function writeLimits(limits: Limits): string {
  const bound = ({ raise, clear }: Bound) => `${raise}/${clear}`;
  const entries = Object.entries(limits) as [string, Limit][];
  return entries.map(([name, { warning, alert }]) => `${name}:${bound(warning)}:${bound(alert)}`).join(",");
}

/** Reads what {@link writeLimits} writes; what cannot be read is left out. */
export function readLimits(text: string): Limits {
  const limits: Partial<Record<LimitMetric, Limit>> = {};
  for (const entry of text.split(",")) {
    const [name, warning, alert] = entry.split(":");
    const bounds = [warning, alert].map((bound) => (bound ?? "").split("/").map(Number));
    const isValid = LIMIT_METRICS.includes(name as LimitMetric) && bounds.every((pair) => pair.length === 2 && pair.every(Number.isFinite));
    if (!isValid) continue;
    const [[r1, c1], [r2, c2]] = bounds as [[number, number], [number, number]];
    limits[name as LimitMetric] = { warning: { raise: r1, clear: c1 }, alert: { raise: r2, clear: c2 } };
  }
  return limits;
}
