/**
 * Live sets of rows.
 *
 * @module
 */
import { type BucketKind, bucketKind } from "./buckets.js";
import { matchesAny } from "./requests.js";
import type { Row, Store } from "./store.js";

/** Which rows a query is about. */
export interface QueryOptions {
  /** Subjects as the protocol has them, such as `queue#*`, `agent#<id>` or `api#budget`. */
  readonly subjects?: readonly string[];
  /** Ids of queues, or `"*"` for every queue that the token allows. */
  readonly queues?: readonly string[] | "*";
  /** Only this media type, such as `voice`. */
  readonly media?: string;
  /** `now`, the present `interval`, `past` intervals, the present `day`; all of them if absent. */
  readonly buckets?: readonly BucketKind[];
}

/** A live set of rows. */
export interface Query {
  /** The rows in order of subject and bucket: the same array until something changed. */
  rows(): readonly Row[];
  /** One row, by its key `<subject>|<bucket>`: the same object until it changed. */
  row(key: string): Row | undefined;
  /** Calls `listener` after changes, once a message at most. Ends with the function that it returns. */
  subscribe(listener: () => void): () => void;
}

/** What a query needs of its client. */
export interface Source {
  now(): number;
  readonly store: Store;
  /** The newest day of which there is a row. */
  readonly newestDay: string;
  findRow(key: string): Row | undefined;
  readersChanged(query: LiveQuery): void;
}

/** The subjects of a query as the server takes them. */
export function subjectsOf({ subjects = [], queues = [], media }: QueryOptions): string[] {
  const any = queues === "*";
  const ids = any ? [] : queues.map((id) => `queue#${id}#${media ?? "*"}`);
  return [...subjects, ...(any ? ["queue#*"] : []), ...ids];
}

export class LiveQuery implements Query {
  readonly subjects: ReadonlySet<string>;
  readonly listeners = new Set<() => void>();
  /** When the last reader went. */
  releasedAt = 0;
  #keys: string[] = [];
  #made = "";
  #rows: readonly Row[] = [];
  #dirty = true;

  constructor(
    readonly source: Source,
    readonly options: QueryOptions,
  ) {
    this.subjects = new Set(subjectsOf(options));
  }

  row = (key: string): Row | undefined => this.source.findRow(key);

  rows = (): readonly Row[] => {
    const { source } = this;
    // What a row's place in the query depends on, besides the row: which rows there are, and the time.
    const made = [source.store.generation, Math.floor(source.now() / 60_000), source.newestDay].join();
    if (made !== this.#made) this.#select();
    this.#made = made;
    if (this.#dirty) {
      const rows = this.#keys.map((key) => source.findRow(key)).filter((row) => row !== undefined);
      if (rows.length !== this.#rows.length || rows.some((row, index) => row !== this.#rows[index])) this.#rows = rows;
      this.#dirty = false;
    }
    return this.#rows;
  };

  subscribe = (listener: () => void): (() => void) => {
    // Two subscriptions of one function are two.
    const call = () => listener();
    this.listeners.add(call);
    this.source.readersChanged(this);
    return () => {
      if (!this.listeners.delete(call)) return;
      this.releasedAt = this.source.now();
      this.source.readersChanged(this);
    };
  };

  /** Tells the readers after a message with rows, and else only if a row changed as time passed. */
  changed(isMessage: boolean): void {
    const before = this.#rows;
    this.#dirty = true;
    if (isMessage || this.rows() !== before) for (const listener of [...this.listeners]) listener();
  }

  #select(): void {
    const { media, buckets } = this.options;
    const { store, newestDay } = this.source;
    const now = this.source.now();
    this.#keys = [];
    for (const { key, subject, bucket } of store.entries.values()) {
      if (media && !subject.endsWith(`#${media}`)) continue;
      const kind = bucketKind(bucket, now, newestDay);
      const included = kind && (!buckets || buckets.includes(kind)) && matchesAny(this.subjects, subject);
      if (included) this.#keys.push(key);
    }
    this.#keys.sort();
    this.#dirty = true;
  }
}
