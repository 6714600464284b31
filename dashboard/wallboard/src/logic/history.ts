/**
 * The day by intervals: what a `read` brought, and what the live rows say of the intervals since then.
 *
 * @module
 */
import { bucketSpan, type Client, type Row, type RowData, type ServiceLevelFormula, sum } from "@headroom/client";
import type { Line } from "./lines.js";

/** An interval of a chart. */
export interface Point {
  readonly start: number;
  readonly offered: number;
  readonly serviceLevel: number | undefined;
  readonly asaMs: number | undefined;
  readonly abandoned: number;
}

/** Read again after this time: late events change past intervals. */
const REFRESH_MS = 5 * 60_000;
const DAY_MS = 24 * 3600_000;
/** More than so many subjects are not read: a server sends 12,000 rows at most, and a day has up to 96 intervals. */
const SUBJECTS_MAX = 100;

export class History {
  #rows: readonly RowData[] = [];
  #subjects = "";
  #readAt = 0;

  constructor(
    readonly client: Client,
    readonly formula: ServiceLevelFormula = {},
  ) {}

  /** Reads the day of some lines, if that was not done lately. `changed` is called when rows have come. */
  request(lines: readonly Line[], now: number, changed: () => void): void {
    if (lines.length > SUBJECTS_MAX) return;
    const subjects = lines.map(({ subject }) => subject).sort();
    const key = subjects.join();
    const isFresh = key === this.#subjects && now - this.#readAt < REFRESH_MS;
    if (isFresh || this.client.state !== "live" || !subjects.length) return;
    if (key !== this.#subjects) this.#rows = [];
    [this.#subjects, this.#readAt] = [key, now];
    const since = dayStart(now);
    this.client.read({ subjects, since: iso(since), until: iso(now) }).then(
      (rows) => {
        if (key !== this.#subjects) return;
        this.#rows = rows;
        changed();
      },
      () => (this.#readAt = now - REFRESH_MS + 30_000),
    );
  }

  /** The intervals of the day, oldest first; the live row of an interval is newer than the one that was read. */
  points(lines: readonly Line[], now: number): readonly Point[] {
    if (lines.length > SUBJECTS_MAX) return [];
    const subjects = new Set(lines.map(({ subject }) => subject));
    const rows = new Map<string, RowData | Row>();
    for (const row of this.#rows) if (subjects.has(row.subject)) rows.set(`${row.subject}|${row.bucket}`, row);
    for (const row of lines.flatMap(({ intervals }) => intervals)) rows.set(row.key, row);
    const starts = new Map<number, (RowData | Row)[]>();
    for (const row of rows.values()) {
      const start = bucketSpan(row.bucket)?.start ?? 0;
      if (start < now - DAY_MS) continue;
      const list = starts.get(start);
      if (list) list.push(row);
      else starts.set(start, [row]);
    }
    return [...starts].sort(([a], [b]) => a - b).map(([start, list]) => point(start, list, this.formula));
  }
}

function point(start: number, rows: readonly (RowData | Row)[], formula: ServiceLevelFormula): Point {
  const { metrics, computed } = sum(rows, formula);
  const { serviceLevel, asaMs } = computed;
  return { start, offered: metrics.nOffered ?? 0, serviceLevel, asaMs, abandoned: metrics["tAbandon.count"] ?? 0 };
}

/** The start of the day of the deployment is not known here: that of this machine, a day at most. */
function dayStart(now: number): number {
  return new Date(now).setHours(0, 0, 0, 0);
}

const iso = (time: number) => `${new Date(time).toISOString().slice(0, 19)}Z`;
