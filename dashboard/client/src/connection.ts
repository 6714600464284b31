/**
 * One WebSocket, from its handshake to its end.
 *
 * @module
 */
import { backoff } from "./backoff.js";
import { isRecent } from "./buckets.js";
import type { Delta, RowData } from "./protocol.js";
import {
  matchesAny,
  recoverRequest,
  type Request,
  requestRows,
  subjectsThatFit,
  verifyRequests,
} from "./requests.js";
import { applyDelta, applyState, type Entry, type Outcome, type Store } from "./store.js";

const SECOND_MS = 1000;
/** A handshake, or the response to a ping, that takes longer than this does not come. */
const RESPONSE_MS = 10 * SECOND_MS;
/** A response to another request that takes longer than this was lost. */
const REQUEST_MS = 30 * SECOND_MS;
/** After this time without a message the client pings; at random up to 5 s later. */
const QUIET_MS = 25 * SECOND_MS;
/** Timers of hidden pages run once a minute: one that wakes up after a longer time without a message was asleep. */
const ASLEEP_MS = 70 * SECOND_MS;
/** A row that had no change for this long is verified, unless the server names another time. */
const VERIFY_MS = 60 * SECOND_MS;
/** Above the largest message of API Gateway: what is larger is no message of the protocol. */
const MESSAGE_LENGTH_MAX = 1024 * 1024;
/** More rows than the server sends to one connection. */
const ROWS_MAX = 50_000;
/** The server answers digests from what it read a moment before: at most this part of the time between verifications. */
const DIGEST_AGE_SHARE = 0.25;
/** With gaps in more subjects than this, all rows are verified. */
const RECOVER_MAX = 8;

/** The part of a WebSocket that the client uses. */
export interface WebSocketLike {
  onopen: ((event: any) => void) | null;
  onclose: ((event: any) => void) | null;
  onerror: ((event: any) => void) | null;
  onmessage: ((event: any) => void) | null;
  send(text: string): void;
  close(code?: number): void;
}

/** What a connection needs of its client, and reports to it. */
export interface Owner {
  readonly store: Store;
  readonly options: { readonly random: () => number; readonly waits?: boolean };
  now(): number;
  readonly subjects: ReadonlySet<string>;
  rowsChanged(keys: readonly string[]): void;
  readonly catalog: { readonly version: string } | undefined;
  catalogReceived(message: any): void;
  emit(name: string, event: unknown): void;
}

/** What a connection reports of itself. */
export interface Lifecycle {
  tokenExpired(connection: Connection): void;
  becameComplete(connection: Connection): void;
  ended(connection: Connection, reason: string, code?: number): void;
}

/** A request that waits for its response. There is one at a time, so that a gap is not closed by an older snapshot. */
interface Pending {
  readonly id: number;
  readonly request: Request;
  readonly sentAt: number;
}

/** A read that waits for its rows. */
interface Read {
  readonly rows: RowData[];
  resolve(rows: RowData[]): void;
  reject(error: Error): void;
}

export class Connection {
  /** When the server last confirmed each row on this connection. */
  readonly confirmed = new Map<string, number>();
  opened = false;
  /** When another connection is to take its place. */
  renewAt = Infinity;
  /** Whether the snapshots of all subjects have come. */
  complete = false;
  verifyMs = VERIFY_MS;
  #over = false;
  #lastId = 0;
  #received: number;
  #pingedAt = 0;
  #quiet: number;
  #pending: Pending | undefined;
  #subscribed = new Set<string>();
  #reads = new Map<number | undefined, Read>();
  #gaps = new Set<string>();
  #failures = 0;
  #notBefore = 0;
  #verifyAt = Infinity;
  #verifyQueue: Request[] = [];
  #features: readonly string[] = [];
  #waits: boolean | undefined;

  constructor(
    readonly owner: Owner,
    readonly lifecycle: Lifecycle,
    readonly socket: WebSocketLike,
    readonly startedAt: number,
  ) {
    this.#received = startedAt;
    this.#waits = owner.options.waits;
    this.#quiet = QUIET_MS + owner.options.random() * 5 * SECOND_MS;
    socket.onopen = () => this.#open();
    socket.onmessage = ({ data }) => this.#receive(data);
    socket.onclose = (event) => this.end(this.opened ? "closed" : "refused", event?.code);
    socket.onerror = () => {};
  }

  /** Ends the connection; nothing comes of it afterwards. */
  end(reason: string, code?: number): void {
    if (this.#over) return;
    this.#over = true;
    const { socket } = this;
    socket.onopen = socket.onclose = socket.onmessage = null;
    try {
      socket.close();
    } catch {
      // It is closed already.
    }
    for (const read of this.#reads.values()) read.reject(new Error(reason));
    this.lifecycle.ended(this, reason, code);
  }

  /** Whether the row was confirmed so lately that it counts as current. */
  isConfirmed(key: string, now: number): boolean {
    // Without a time there is no number, and so the comparison is false.
    return now - this.confirmed.get(key)! <= 2 * this.verifyMs;
  }

  /** Asks the server whether it is there; for a page that wakes up. */
  probe(): void {
    const now = this.owner.now();
    if (now - this.#received > ASLEEP_MS) this.end("silent");
    else if (this.opened && this.#pingedAt <= this.#received) this.#ping(now);
  }

  /** Requests rows, which do not become rows of the client. */
  read(body: Request["body"]): Promise<RowData[]> {
    return new Promise((resolve, reject) => this.#reads.set(this.#send(body), { rows: [], resolve, reject }));
  }

  /** Does what is due. */
  tick(): void {
    const now = this.owner.now();
    if (this.#over) return;
    if (!this.opened) return now - this.startedAt > RESPONSE_MS ? this.end("timeout") : undefined;
    if (this.#pingedAt > this.#received) {
      if (now - this.#pingedAt >= RESPONSE_MS) return this.end("silent");
    } else if (now - this.#received >= this.#quiet) this.#ping(now);
    if (this.#pending && now - this.#pending.sentAt >= REQUEST_MS) this.#fail("timeout", "");
    if (!this.#pending && now >= this.#notBefore) this.#sendNext(now);
  }

  #open(): void {
    this.opened = true;
    this.#received = this.owner.now();
    this.tick();
  }

  #ping(now: number): void {
    // A time after the last message, so that this very millisecond's message is no response.
    this.#pingedAt = Math.max(now, this.#received + 1);
    this.#send({ action: "ping" });
  }

  #send(body: Request["body"]): number {
    const id = ++this.#lastId;
    try {
      this.socket.send(JSON.stringify({ ...body, id }));
    } catch {
      this.end("closed");
    }
    return id;
  }

  #sendNext(now: number): void {
    const required = this.owner.subjects;
    const past = subjectsThatFit([...this.#subscribed].filter((subject) => !required.has(subject)));
    for (const subject of past) this.#subscribed.delete(subject);
    if (past.length) this.#send({ action: "unsubscribe", subjects: past });
    const subjects = subjectsThatFit([...required].filter((subject) => !this.#subscribed.has(subject)));
    if (subjects.length) return this.#request(this.#subscription(subjects), now);
    if (this.#gaps.size) return this.#recover(now);
    if (this.complete && now >= this.#verifyAt) this.#verify(now);
  }

  #subscription(subjects: string[]): Request {
    const patterns = new Set(subjects);
    const rows = [...this.owner.store.entries.values()].filter((entry) => matchesAny(patterns, entry.subject));
    // Only the first subscription may name it, and a server that does not know it refuses it.
    const waits = this.#subscribed.size ? undefined : this.#waits;
    return requestRows({ action: "subscribe", subjects, waits }, rows);
  }

  #request(request: Request, now: number): void {
    this.#pending = { id: this.#send(request.body), request, sentAt: now };
  }

  #recover(now: number): void {
    const rows = this.owner.store.entries.values();
    if (this.#gaps.size > RECOVER_MAX) return this.#subscribeAnew();
    const [subject] = this.#gaps;
    this.#gaps.delete(subject!);
    this.#request(recoverRequest(subject!, rows), now);
  }

  /** Requests of a verification are spread: one a second. */
  #verify(now: number): void {
    if (!this.#features.includes("digests")) {
      this.#verifyAt = now + this.verifyMs;
      return this.#subscribeAnew();
    }
    const { store } = this.owner;
    if (!this.#verifyQueue.length) this.#verifyQueue = verifyRequests(store.entries.values(), now, this.owner.catalog?.version);
    const request = this.#verifyQueue.shift();
    this.#verifyAt = now + (this.#verifyQueue.length ? SECOND_MS : this.verifyMs * (1 - DIGEST_AGE_SHARE));
    if (request) this.#request(request, now);
  }

  /** Brings whatever changed, as a subscription is followed by a snapshot. */
  #subscribeAnew(): void {
    this.#gaps.clear();
    this.#subscribed.clear();
    this.tick();
  }

  #receive(data: unknown): void {
    try {
      if (typeof data !== "string" || data.length > MESSAGE_LENGTH_MAX) throw new Error();
      this.#received = this.owner.now();
      this.#handle(JSON.parse(data));
    } catch {
      // What was in it is lost, and nobody knows which rows it was about.
      return this.end("bad_message");
    }
    this.tick();
  }

  #handle(message: any): void {
    switch (message.type) {
      case "subscribed":
        if (message.verifySeconds) this.verifyMs = Math.max(1, message.verifySeconds) * SECOND_MS;
        this.#features = message.features ?? [];
        if (message.refused?.length) this.owner.emit("refused", message.refused);
        break;
      case "snapshot":
        this.#takeSnapshot(message);
        break;
      case "deltas":
        this.#takeRows(message.rows, (entry, row: Delta) => applyDelta(entry, row));
        break;
      case "catalog":
        this.owner.catalogReceived(message);
        break;
      case "expired":
        this.lifecycle.tokenExpired(this);
        break;
      case "pong":
        break;
      default:
        this.#takeError(message);
    }
  }

  #takeSnapshot({ id, rows, last }: { id?: number; rows: RowData[]; last: boolean }): void {
    const read = this.#reads.get(id);
    if (!read) this.#takeRows(rows, applyState);
    else read.rows.push(...rows);
    if (!last) return;
    if (read) read.resolve(read.rows);
    else if (id === undefined || id === this.#pending?.id) this.#finish();
    this.#reads.delete(id);
  }

  #takeRows<T extends RowData | Delta>(rows: readonly T[], apply: (entry: Entry, row: T) => Outcome): void {
    const { store } = this.owner;
    const now = this.owner.now();
    const [changed, missed]: [string[], string[]] = [[], []];
    for (const row of rows) {
      if (!isRecent(row.bucket, now)) continue;
      const entry = store.entry(row.subject, row.bucket);
      const outcome = apply(entry, row);
      changed.push(entry.key);
      if (outcome === "missed") missed.push(entry.key);
      if (entry.missed) this.#gaps.add(row.subject);
      else if (outcome === "changed") this.confirmed.set(entry.key, now);
      if (entry.data?.version === 0) store.remove(entry);
    }
    if (store.entries.size > ROWS_MAX) throw new Error();
    if (missed.length) this.owner.emit("gap", { keys: missed });
    this.owner.rowsChanged(changed);
  }

  /** The last frame of a response: what the request named is confirmed as of when it was sent. */
  #finish(): void {
    const pending = this.#pending;
    this.#pending = undefined;
    if (!pending) return;
    const { body, keys } = pending.request;
    const asOf = pending.sentAt - (body.digests ? this.verifyMs * DIGEST_AGE_SHARE : 0);
    for (const key of keys) this.confirmed.set(key, Math.max(asOf, this.confirmed.get(key) ?? 0));
    if (this.#findGaps(keys)) this.#delay();
    else this.#failures = 0;
    if (body.action === "subscribe") this.#subscribedTo(body.subjects as string[]);
    this.owner.rowsChanged(keys);
  }

  /** Notes which of the rows are still missed, and says whether any is. */
  #findGaps(keys: readonly string[]): boolean {
    const missed = keys.map((key) => this.owner.store.entries.get(key)).filter((entry) => entry?.missed);
    for (const entry of missed) this.#gaps.add(entry!.subject);
    return missed.length > 0;
  }

  #subscribedTo(subjects: readonly string[]): void {
    for (const subject of subjects) this.#subscribed.add(subject);
    const open = [...this.owner.subjects].some((subject) => !this.#subscribed.has(subject));
    if (open || this.complete) return;
    this.complete = true;
    this.#verifyAt = this.owner.now() + this.verifyMs * (1 - DIGEST_AGE_SHARE);
    this.lifecycle.becameComplete(this);
    if (this.#features.includes("catalog")) this.#send({ action: "catalog", version: this.owner.catalog?.version });
  }

  #takeError({ id, code = "internal", message = "" }: { id?: number; code?: string; message?: string }): void {
    this.#reads.get(id)?.reject(new Error(message));
    if (!this.#reads.delete(id)) this.#fail(code, message, id);
  }

  /** The request with this id, or without one the request that waits, was not carried out. */
  #fail(code: string, message: string, id = this.#pending?.id): void {
    const pending = this.#pending;
    if (code === "bad_request") this.#waits = undefined;
    if (pending?.id === id) {
      this.#pending = undefined;
      this.#findGaps(pending?.request.keys ?? []);
      this.#delay();
    }
    this.owner.emit("error", { code, message });
  }

  /** Waits longer after each request in a row that did not help. */
  #delay(): void {
    this.#notBefore = this.owner.now() + backoff(this.#failures++, this.owner.options.random());
  }
}
