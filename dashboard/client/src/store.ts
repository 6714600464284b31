/**
 * The rows that a client has. A row that is not missed is a state that the server's row really had.
 *
 * @module
 */
import { type Delta, type KnownVersion, type RowData, rowName } from "./protocol.js";

/** `live`: current; `stale`: a later state may exist; `closed`: the client gets no more states. */
export type RowState = "live" | "stale" | "closed";

/** A row as the client shows it. It never changes: a change makes another object. */
export interface Row extends RowData {
  /** `<subject>|<bucket>`. */
  readonly key: string;
  readonly state: RowState;
}

/** A row of the store. */
export interface Entry {
  readonly key: string;
  readonly subject: string;
  readonly bucket: string;
  /** The last state that is known in full. */
  data?: RowData | undefined;
  /** A later version, of which a delta came that could not be applied. */
  missed?: KnownVersion | undefined;
  /** What was shown last, and of which state. */
  row?: Row;
  shown?: RowData;
}

/** Matches no row, so that the server sends the whole row. */
const UNKNOWN: KnownVersion = { epoch: "", version: 0 };

/** What a message did to a row. `missed`: it shows that something before it was lost. */
export type Outcome = "same" | "changed" | "missed";

/** The version of an entry for `have`: that of a missed row matches nothing. */
export function knownVersion({ data, missed }: Entry): KnownVersion {
  return data && !missed ? { epoch: data.epoch, version: data.version } : UNKNOWN;
}

/** Takes over a whole row, unless a later version of the same epoch is known. */
export function applyState(entry: Entry, state: RowData): Outcome {
  const { data, missed } = entry;
  if (data?.epoch === state.epoch && data.version > state.version) return "same";
  // A missed version of another epoch is taken to be older: epochs have no order.
  if (missed && (missed.epoch !== state.epoch || missed.version <= state.version)) {
    entry.missed = undefined;
  }
  entry.data = { ...state, name: state.name ?? data?.name };
  return "changed";
}

/** Applies a delta whose base is at or before the present state; any other later one is a gap. */
export function applyDelta(entry: Entry, delta: Delta): Outcome {
  const { data, missed } = entry;
  if (data?.epoch === delta.epoch && data.version >= delta.version) return "same";
  const follows = data ? data.epoch === delta.epoch && data.version >= delta.base : delta.base === 0;
  if (follows && !missed) {
    entry.data = changedRow(data, delta);
    return "changed";
  }
  if (!missed || missed.epoch !== delta.epoch || missed.version <= delta.version) {
    entry.missed = { epoch: delta.epoch, version: delta.version };
  }
  return "missed";
}

function changedRow(data: RowData | undefined, { base, set, unset, ...row }: Delta): RowData {
  const metrics = { ...data?.metrics, ...set };
  for (const name of unset) delete metrics[name];
  return { ...data, ...row, metrics };
}

/** The rows by name, without those that are too old to be shown. */
export class Store {
  readonly entries = new Map<string, Entry>();
  /** Grows when a row comes or goes, so that lists of rows are made anew. */
  generation = 0;

  /** The entry of a row, made if there is none. */
  entry(subject: string, bucket: string): Entry {
    const key = rowName(subject, bucket);
    let entry = this.entries.get(key);
    if (!entry) {
      entry = { key, subject, bucket };
      this.entries.set(key, entry);
      this.generation++;
    }
    return entry;
  }

  remove({ key }: Entry): void {
    if (this.entries.delete(key)) this.generation++;
  }

  /** Drops the rows for which `keep` is false. */
  retain(keep: (entry: Entry) => boolean): void {
    for (const entry of this.entries.values()) if (!keep(entry)) this.remove(entry);
  }
}
