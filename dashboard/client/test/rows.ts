/** The rows of a server, with everything that they ever were. */
import type { RowData } from "../src/index.js";
import type { Random } from "./world.js";

interface Version {
  readonly since: number;
  /** Undefined while there is no row. */
  readonly row: RowData | undefined;
}

export class ServerRows {
  /** The versions of each row, oldest first. */
  readonly history = new Map<string, Version[]>();
  #epoch = 1;

  constructor(
    readonly random: Random,
    readonly now: () => number,
  ) {}

  keys(): string[] {
    return [...this.history.keys()];
  }

  /** The row as it is, or as it was at a time. */
  row(key: string, time = Infinity): RowData | undefined {
    const versions = this.history.get(key) ?? [];
    for (let index = versions.length - 1; index >= 0; index--) {
      if (versions[index]!.since <= time) return versions[index]!.row;
    }
    return undefined;
  }

  /** All rows of a time. */
  rows(time = Infinity): RowData[] {
    return this.keys().map((key) => this.row(key, time)).filter((row) => row !== undefined);
  }

  /** Changes some sums of a row, or makes it. */
  change(subject: string, bucket: string): void {
    const key = `${subject}|${bucket}`;
    const before = this.row(key);
    const metrics: Record<string, number> = { ...before?.metrics };
    for (const name of ["nOffered", "tAnswered.count", "tAnswered.sum", "oWaiting"]) {
      if (this.random() < 0.5) continue;
      const sum = (metrics[name] ?? 0) + Math.floor(this.random() * 5) - (name === "oWaiting" ? 2 : 0);
      if (sum) metrics[name] = sum;
      else delete metrics[name];
    }
    const { epoch, version } = before ?? { epoch: `1.${this.#epoch++}`, version: 0 };
    this.#put(key, { subject, bucket, epoch, version: version + 1, at: iso(this.now()), metrics, computed: { asaMs: version } });
  }

  /** The row begins anew, as after a restoration. */
  restore(key: string): void {
    const row = this.row(key);
    if (row) this.#put(key, { ...row, epoch: `2.${this.#epoch++}`, version: 1 + Math.floor(this.random() * 9) });
  }

  /** The row's retention is over. */
  remove(key: string): void {
    this.#put(key, undefined);
  }

  #put(key: string, row: RowData | undefined): void {
    const versions = this.history.get(key);
    const version = { since: this.now(), row };
    if (versions) versions.push(version);
    else this.history.set(key, [version]);
  }

  /** When the state that a viewer shows was replaced by another one; undefined if it is the present one. */
  replacedAt(key: string, epoch: string, version: number): number | undefined {
    const versions = this.history.get(key) ?? [];
    const index = versions.findLastIndex(({ row }) => row?.epoch === epoch && row.version === version);
    return versions[index + 1]?.since;
  }
}

/** Deltas from the rows of one time to those of now, one for each row that changed. */
export function deltasSince(rows: ServerRows, time: number): object[] {
  const deltas: object[] = [];
  for (const [key, versions] of rows.history) {
    const fresh = versions.filter(({ since }) => since > time && since <= rows.now());
    const after = fresh.at(-1)?.row;
    if (!after) continue;
    const before = rows.row(key, time);
    const base = before?.epoch === after.epoch ? before : undefined;
    const first = base ?? fresh.find(({ row }) => row?.epoch === after.epoch)!.row!;
    const states = [base?.metrics ?? {}, ...fresh.map(({ row }) => row?.metrics ?? {})];
    const names = new Set(states.flatMap((metrics) => Object.keys(metrics)));
    const { subject, bucket, epoch, version, at, metrics, computed } = after;
    const changed = [...names].filter((name) => new Set(states.map((state) => state[name])).size > 1);
    const set = Object.fromEntries(changed.filter((name) => name in metrics).map((name) => [name, metrics[name]]));
    const unset = changed.filter((name) => !(name in metrics));
    const isNew = !base && first.version === 1 && epoch.startsWith("1.");
    deltas.push({ subject, bucket, epoch, base: base ? base.version : isNew ? 0 : first.version - 1, version, at, set, unset, computed });
  }
  return deltas;
}

export const iso = (time: number) => new Date(time).toISOString();
