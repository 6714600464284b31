/**
 * A line for each queue and media type, made of its rows.
 *
 * @module
 */
import type { Catalog, CatalogQueue, Row } from "@headroom/client";
import { ageOf } from "./format.js";
import { LEAST_CALLS, type Level, levelOf, type LimitMetric, type Limits, limitsFor, worst } from "./limits.js";

/** A queue with a media type. It never changes: a change makes another one. */
export interface Line {
  readonly subject: string;
  readonly queue: string;
  readonly media: string;
  readonly name: string;
  readonly now?: Row | undefined;
  readonly day?: Row | undefined;
  /** The present and past intervals, oldest first. */
  readonly intervals: readonly Row[];
  readonly staffing?: Row | undefined;
  /** The target of the service level, 0 to 1. */
  readonly target?: number | undefined;
  readonly isLive: boolean;
}

/** The numbers of a line that are sorted and shown. */
export interface Numbers {
  readonly serviceLevel?: number | undefined;
  readonly waiting: number;
  readonly longestWaitMs?: number | undefined;
  /** When the next scheduled callback is due, if nothing waits before it. */
  readonly callbackAt?: number | undefined;
  readonly offered: number;
  readonly answered: number;
  readonly abandoned: number;
  readonly abandonRate?: number | undefined;
  readonly asaMs?: number | undefined;
  readonly ahtMs?: number | undefined;
  readonly interacting: number;
  readonly onQueue?: number | undefined;
  readonly idle?: number | undefined;
  readonly longestIdleMs?: number | undefined;
}

export function numbersOf(line: Line, now: number): Numbers {
  const { now: present, day, staffing } = line;
  const sums = day?.metrics ?? {};
  const since = present?.computed.waitingSince;
  const due = since ? Date.parse(since) : Number.NaN;
  return {
    serviceLevel: day?.computed.serviceLevel,
    waiting: present?.metrics.oWaiting ?? 0,
    longestWaitMs: ageOf(since, now),
    callbackAt: due > now ? due : undefined,
    offered: sums.nOffered ?? 0,
    answered: sums["tAnswered.count"] ?? 0,
    abandoned: sums["tAbandon.count"] ?? 0,
    abandonRate: day?.computed.abandonRate,
    asaMs: day?.computed.asaMs,
    ahtMs: day?.computed.ahtMs,
    interacting: present?.metrics.oInteracting ?? 0,
    onQueue: staffing ? usersIn(staffing, "oOnQueueUsers.") : undefined,
    idle: staffing?.metrics["oOnQueueUsers.IDLE"] ?? (staffing ? 0 : undefined),
    longestIdleMs: ageOf(staffing?.computed.idleSince, now),
  };
}

/** How many users a staffing row counts under names with a prefix. */
export function usersIn(row: Row, prefix: string): number {
  let users = 0;
  for (const name in row.metrics) if (name.startsWith(prefix)) users += row.metrics[name]!;
  return users;
}

/** The levels of a line's numbers, which depend on those before. */
export type Levels = Readonly<Partial<Record<LimitMetric, Level>>>;

export function levelsOf(line: Line, numbers: Numbers, limits: Limits, before: Levels): Levels {
  const lineLimits = limitsFor(limits, line.target);
  const levels: Partial<Record<LimitMetric, Level>> = {};
  for (const metric of Object.keys(lineLimits) as LimitMetric[]) {
    const isRate = metric === "serviceLevel" || metric === "abandonRate";
    const value = isRate && numbers.offered < LEAST_CALLS ? undefined : numbers[metric];
    const level = levelOf(metric, value, lineLimits[metric], before[metric] ?? "ok");
    if (level !== "ok") levels[metric] = level;
  }
  return levels;
}

export const lineLevel = (levels: Levels): Level => worst(Object.values(levels));

/** Keeps a line for each subject, and makes only those anew whose rows changed. */
export class Lines {
  #lines = new Map<string, Line>();
  #rows: readonly Row[] = [];
  #catalog: Catalog | undefined;
  #queues = new Map<string, CatalogQueue>();
  #list: readonly Line[] = [];

  /** The lines, in no order that matters: the same list if nothing changed. */
  update(rows: readonly Row[], catalog: Catalog | undefined): readonly Line[] {
    if (rows === this.#rows && catalog === this.#catalog) return this.#list;
    const isCatalogNew = catalog !== this.#catalog;
    if (isCatalogNew) this.#queues = new Map(catalog?.queues.map((queue) => [queue.id, queue]));
    [this.#rows, this.#catalog] = [rows, catalog];
    const lines = new Map<string, Line>();
    for (const part of parts(rows)) {
      const before = this.#lines.get(part.subject);
      const line = before && !isCatalogNew && isSame(before, part) ? before : this.#makeLine(part, before);
      lines.set(part.subject, line);
    }
    this.#lines = lines;
    this.#list = [...lines.values()];
    return this.#list;
  }

  #makeLine(part: Part, before: Line | undefined): Line {
    const { subject, now, day, staffing, intervals } = part;
    const [queue, media] = [queueOf(subject), subject.slice(subject.lastIndexOf("#") + 1)];
    const rows = [now, day, ...intervals].filter((row) => row !== undefined);
    const entry = this.#queues.get(queue);
    const common = this.#catalog?.serviceLevels;
    const name = entry?.name ?? rows.find((row) => row.name)?.name ?? before?.name ?? queue;
    const target = (entry?.serviceLevels?.[media] ?? common?.[media] ?? common?.["*"])?.target;
    const isLive = rows.every((row) => row.state === "live");
    return { subject, queue, media, name, now, day, staffing, intervals, target, isLive };
  }
}

interface Part {
  readonly subject: string;
  now?: Row;
  day?: Row;
  staffing?: Row | undefined;
  intervals: Row[];
}

function parts(rows: readonly Row[]): Iterable<Part> {
  const result = new Map<string, Part>();
  const staffing = new Map<string, Row>();
  for (const row of rows) {
    const { subject } = row;
    if (!subject.startsWith("queue#")) continue;
    if (subject.endsWith("#agents")) {
      staffing.set(subject.slice(6, -7), row);
      continue;
    }
    let part = result.get(subject);
    if (!part) result.set(subject, (part = { subject, intervals: [] }));
    if (row.bucket === "now") part.now = row;
    else if (row.bucket.startsWith("P1D")) part.day = row;
    else part.intervals.push(row);
  }
  if (staffing.size) for (const part of result.values()) part.staffing = staffing.get(queueOf(part.subject));
  return result.values();
}

const queueOf = (subject: string) => subject.slice(6, subject.lastIndexOf("#"));

function isSame(line: Line, part: Part): boolean {
  const { intervals } = part;
  return (
    line.now === part.now &&
    line.day === part.day &&
    line.staffing === part.staffing &&
    line.intervals.length === intervals.length &&
    line.intervals.every((row, index) => row === intervals[index])
  );
}

/** The interval rows of lines by bucket, oldest first: of buckets with one length the names have the order of time. */
export function byInterval(lines: readonly Line[]): readonly (readonly Row[])[] {
  const buckets = new Map<string, Row[]>();
  for (const { intervals } of lines) {
    for (const row of intervals) {
      const rows = buckets.get(row.bucket);
      if (rows) rows.push(row);
      else buckets.set(row.bucket, [row]);
    }
  }
  return [...buckets].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, rows]) => rows);
}

/** Adds one sum of rows: much cheaper than adding all of them. */
export function total(rows: readonly Row[], metric: string): number {
  let result = 0;
  for (const { metrics } of rows) result += metrics[metric] ?? 0;
  return result;
}

/** The target that all lines have; undefined if they differ. */
export function commonTarget(lines: readonly Line[]): number | undefined {
  const [first] = lines;
  return lines.every(({ target }) => target === first?.target) ? first?.target : undefined;
}
