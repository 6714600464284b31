/**
 * The client: queries, the rows that they read, and the events that tell what happens.
 *
 * @module
 */
import { isRecent } from "./buckets.js";
import type { WebSocketLike } from "./connection.js";
import type { Catalog, CatalogQueue, RefusedSubject, RowData } from "./protocol.js";
import { LiveQuery, type Query, type QueryOptions, type Source } from "./query.js";
import { matchesAny } from "./requests.js";
import { type Entry, type Row, type RowState, Store } from "./store.js";
import { type Settings, type TokenReason, Transport, type TransportOwner } from "./transport.js";

const TICK_MS = 1000;
/** After the last reader is gone, its subjects stay for a moment: frameworks unmount and mount again. */
const GRACE_MS = 1000;

/** `stale`: there are rows, and no connection; `unauthorized`: there is no token, and no attempt is made. */
export type ConnectionState = "idle" | "connecting" | "live" | "stale" | "unauthorized" | "closed";

/** What happened to the connection. */
export interface StateEvent {
  readonly state: ConnectionState;
  /** Why, for people who look for a fault. */
  readonly reason: string;
  /** The close code of the WebSocket, if that is why. */
  readonly code?: number | undefined;
  /** Since when, in milliseconds since 1970. */
  readonly since: number;
}

/** Events of a client, by name. */
export interface ClientEvents {
  state: StateEvent;
  /** Something was missed; the rows are stale until they have come again. */
  gap: { readonly keys: readonly string[] };
  /** A request failed, or `getToken` did. */
  error: { readonly code: string; readonly message: string };
  /** Subjects that the token does not allow. */
  refused: readonly RefusedSubject[];
  /** Names and targets of queues. */
  catalog: Catalog;
}

/** Settings of a client. All but the first four are for tests. */
export interface ClientOptions {
  /** Address of the WebSocket API, `wss://...`. */
  readonly url: string;
  /** Returns a token: whenever a connection is opened or renewed, and never at another time. */
  readonly getToken: (request: { readonly reason: TokenReason }) => string | Promise<string>;
  /** Whether rows have their histograms of waits, from which `sum` has percentiles. */
  readonly waits?: boolean;
  readonly onGap?: (event: ClientEvents["gap"]) => void;
  readonly onError?: (event: ClientEvents["error"]) => void;
  readonly now?: () => number;
  readonly random?: () => number;
  readonly webSocket?: (url: string, protocols: string[]) => WebSocketLike;
  readonly setTimer?: (callback: () => void, ms: number) => unknown;
  readonly clearTimer?: (timer: any) => void;
  /** Calls `wake` when the page is shown again, or the network came or went, until the function that it returns is called. */
  readonly onWake?: (wake: () => void) => () => void;
}

/** A client of the viewer protocol. */
export interface Client {
  readonly state: ConnectionState;
  readonly stateEvent: StateEvent;
  /** Age of the newest event of any row, in milliseconds; undefined without rows. */
  readonly lag: number | undefined;
  /** Names and targets, as the server sent them last. */
  readonly catalog: Catalog | undefined;
  query(options: QueryOptions): Query;
  /** Rows of the past, once. They do not become rows of queries. */
  read(request: Record<string, unknown>): Promise<readonly RowData[]>;
  on<K extends keyof ClientEvents>(name: K, listener: (event: ClientEvents[K]) => void): () => void;
  /** Connects anew, after `unauthorized` as well. */
  reconnect(): void;
  /** Ends everything; all rows are `closed`. */
  close(): void;
}

/** A client. It connects when the first query has a reader. */
export function createClient(options: ClientOptions): Client {
  return new LiveClient(options);
}

type Listener = (event: any) => void;

function onPageWake(wake: () => void): () => void {
  const { document, window } = globalThis;
  const listening = new AbortController();
  const { signal } = listening;
  document?.addEventListener("visibilitychange", wake, { signal });
  for (const name of ["online", "offline"]) window?.addEventListener(name, wake, { signal });
  return () => listening.abort();
}

const DEFAULTS = {
  now: Date.now,
  random: Math.random,
  webSocket: (url: string, protocols: string[]): WebSocketLike => new WebSocket(url, protocols),
  setTimer: (callback: () => void, ms: number): unknown => setTimeout(callback, ms),
  clearTimer: (timer: any) => clearTimeout(timer),
  onWake: onPageWake,
};

class LiveClient implements Client, TransportOwner, Source {
  readonly store = new Store();
  catalog: Catalog | undefined;
  stateEvent: StateEvent;
  readonly options: Settings;
  #transport = new Transport(this);
  #listeners = new Map<string, Set<Listener>>();
  #queries = new Set<LiveQuery>();
  subjects: ReadonlySet<string> = new Set();
  #catalogQueues: CatalogQueue[] = [];
  newestDay = "";
  #newestAt = "";
  #timer: unknown;
  #running = false;
  #stopListening: (() => void) | undefined;

  constructor(options: ClientOptions) {
    this.options = { ...DEFAULTS, ...options };
    this.stateEvent = { state: "idle", reason: "idle", since: this.now() };
    if (options.onGap) this.on("gap", options.onGap);
    if (options.onError) this.on("error", options.onError);
  }

  now(): number {
    return this.options.now();
  }

  get state(): ConnectionState {
    return this.stateEvent.state;
  }

  get lag(): number | undefined {
    return this.#newestAt ? Math.max(0, this.now() - Date.parse(this.#newestAt)) : undefined;
  }

  query(options: QueryOptions): Query {
    return new LiveQuery(this, options);
  }

  read(request: Record<string, unknown>): Promise<readonly RowData[]> {
    const { isComplete, primary } = this.#transport;
    return isComplete ? primary!.read({ ...request, action: "read" }) : Promise.reject(new Error("closed"));
  }

  on<K extends keyof ClientEvents>(name: K, listener: (event: ClientEvents[K]) => void): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  reconnect(): void {
    if (this.state === "closed") return;
    this.#stop("idle", "reconnect");
    this.readersChanged();
  }

  close(): void {
    this.#stop("closed", "owner");
  }

  // What queries need

  findRow(key: string): Row | undefined {
    const entry = this.store.entries.get(key);
    if (!entry?.data) return undefined;
    const state = this.#rowState(entry);
    if (!entry.row || entry.shown !== entry.data || entry.row.state !== state) {
      entry.row = Object.freeze({ ...entry.data, key, state });
      entry.shown = entry.data;
    }
    return entry.row;
  }

  #rowState({ key, missed }: Entry): RowState {
    if (this.state === "closed") return "closed";
    return !missed && this.#transport.primary?.isConfirmed(key, this.now()) ? "live" : "stale";
  }

  /** Keeps the list of subjects that queries with readers are about, and the connection open while there are any. */
  readersChanged(query?: LiveQuery): void {
    if (query) this.#queries.add(query);
    this.subjects = this.#subjectsOfReaders(this.now());
    if (["closed", "unauthorized"].includes(this.state)) return;
    if (!this.subjects.size) return this.#stop("idle", "idle");
    if (!this.#running) this.#start();
    else this.#transport.primary?.tick();
  }

  #subjectsOfReaders(now: number): ReadonlySet<string> {
    const subjects = new Set<string>();
    for (const query of this.#queries) {
      if (query.listeners.size || now - query.releasedAt < GRACE_MS) for (const subject of query.subjects) subjects.add(subject);
      else this.#queries.delete(query);
    }
    return subjects;
  }

  // Time

  #start(): void {
    this.#running = true;
    this.#stopListening = this.options.onWake(() => {
      this.#transport.wake();
      this.#tick();
    });
    this.#setState("connecting", "reader");
    this.#tick();
  }

  #stop(state: ConnectionState, reason: string): void {
    this.#running = false;
    this.options.clearTimer(this.#timer);
    this.#stopListening?.();
    this.#transport.stop();
    this.#setState(state, reason);
    this.#refresh();
  }

  #tick = (): void => {
    this.options.clearTimer(this.#timer);
    const now = this.now();
    this.subjects = this.#subjectsOfReaders(now);
    if (!this.subjects.size) return this.#stop("idle", "idle");
    this.#transport.tick(now);
    this.store.retain((entry) => isRecent(entry.bucket, now) && matchesAny(this.subjects, entry.subject));
    this.#refresh();
    if (!this.#running) return;
    this.#timer = this.options.setTimer(this.#tick, Math.max(10, Math.min(TICK_MS, this.#transport.wait(now))));
  };

  #refresh(isMessage = false): void {
    for (const query of [...this.#queries]) query.changed(isMessage);
  }

  // What the connection reports

  rowsChanged(keys: readonly string[]): void {
    for (const key of keys) {
      const data = this.store.entries.get(key)?.data;
      if (!data) continue;
      if (data.bucket.startsWith("P1D") && data.bucket > this.newestDay) this.newestDay = data.bucket;
      // To the second, times have the order of their texts.
      if (data.at > this.#newestAt) this.#newestAt = data.at;
    }
    this.#refresh(true);
  }

  /** A catalog may come in several messages. */
  catalogReceived(part: Catalog & { unchanged?: boolean; last?: boolean }): void {
    if (part.unchanged) return;
    this.#catalogQueues.push(...part.queues);
    if (part.last === false) return;
    const { version, serviceLevels } = part;
    this.catalog = { version, serviceLevels, queues: this.#catalogQueues };
    this.#catalogQueues = [];
    this.emit("catalog", this.catalog);
  }

  connectionChanged(reason: string, code?: number): void {
    const without = this.store.entries.size ? "stale" : "connecting";
    this.#setState(this.#transport.isComplete ? "live" : without, reason, code);
    this.#refresh();
  }

  unauthorized(reason: string): void {
    this.#stop("unauthorized", reason);
  }

  #setState(state: ConnectionState, reason: string, code?: number): void {
    if (state === this.state) return;
    this.stateEvent = { state, reason, code, since: this.now() };
    this.emit("state", this.stateEvent);
  }

  emit<K extends keyof ClientEvents>(name: K, event: ClientEvents[K]): void {
    for (const listener of [...(this.#listeners.get(name) ?? [])]) listener(event);
  }
}
