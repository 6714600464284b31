/** A server of the protocol that loses, repeats, reorders, cuts, truncates, and closes at any point. */
import { fnv1a } from "../src/digest.js";
import type { RowData } from "../src/index.js";
import { matchesAny } from "../src/requests.js";
import { deltasSince, ServerRows } from "./rows.js";
import type { Random, World } from "./world.js";

const PUSH_MS = 1000;
const INTERVAL_MS = 30 * 60_000;
const ROWS_PER_FRAME = 7;
export const LATENCY_MS = 80;
export const DELAY_MS = 5000;

/** How often each fault happens, 0 to 1. */
export interface Faults {
  lose: number;
  repeat: number;
  reorder: number;
  truncate: number;
  oversize: number;
  /** The connection is closed, whatever is under way. */
  cut: number;
  /** The connection is gone, and nobody says so. */
  silence: number;
  refuse: number;
  /** A request gets an error, or no more of its response than some frames. */
  error: number;
}

export const NO_FAULTS: Faults = { lose: 0, repeat: 0, reorder: 0, truncate: 0, oversize: 0, cut: 0, silence: 0, refuse: 0, error: 0 };

export class FaultServer {
  readonly rows: ServerRows;
  readonly sockets = new Set<FaultSocket>();
  faults: Faults = NO_FAULTS;
  /** The greatest version of each row that arrived whole, by row and epoch. */
  readonly arrived = new Map<string, number>();
  features: string[] | undefined = ["catalog", "digests", "read", "waits"];
  verifySeconds = 10;
  lifeMs = Infinity;
  #pushedAt: number;

  constructor(
    readonly world: World,
    readonly random: Random,
  ) {
    this.rows = new ServerRows(random, () => world.now);
    this.#pushedAt = world.now;
    world.after(PUSH_MS, () => this.#push());
  }

  chance(share: number): boolean {
    return share > 0 && this.random() < share;
  }

  connect = (): FaultSocket => {
    const socket = new FaultSocket(this);
    this.sockets.add(socket);
    return socket;
  };

  currentBuckets(): string[] {
    const start = Math.floor(this.world.now / INTERVAL_MS) * INTERVAL_MS;
    const intervals = [0, 1, 2, 3].map((past) => intervalOf(start - past * INTERVAL_MS));
    return ["now", `P1D#${new Date(this.world.now).toISOString().slice(0, 10)}`, ...intervals];
  }

  #push(): void {
    const deltas = deltasSince(this.rows, this.#pushedAt);
    this.#pushedAt = this.world.now;
    for (const socket of this.sockets) socket.push(deltas as RowData[]);
    this.world.after(PUSH_MS, () => this.#push());
  }
}

export const intervalOf = (start: number) => `PT30M#${new Date(start).toISOString().slice(0, 19)}Z`;

export class FaultSocket {
  onopen: ((event: any) => void) | null = null;
  onclose: ((event: any) => void) | null = null;
  onerror: ((event: any) => void) | null = null;
  onmessage: ((event: any) => void) | null = null;
  state: "connecting" | "open" | "silent" | "closed" = "connecting";
  readonly subjects = new Set<string>();

  constructor(readonly server: FaultServer) {
    const { world } = server;
    if (server.chance(server.faults.refuse)) world.after(LATENCY_MS, () => this.cut());
    else world.after(LATENCY_MS, () => this.#open());
    if (server.lifeMs < Infinity) world.after(server.lifeMs, () => this.#expire());
  }

  #open(): void {
    if (this.state !== "connecting") return;
    this.state = "open";
    this.onopen?.({});
  }

  #expire(): void {
    this.#deliver({ type: "expired" }, LATENCY_MS);
    this.server.world.after(2 * LATENCY_MS, () => this.cut());
  }

  /** The connection is over, and both sides know it. */
  cut(code = 1006): void {
    if (this.state === "closed") return;
    this.state = "closed";
    this.server.sockets.delete(this);
    this.onclose?.({ code });
  }

  close(): void {
    this.state = "closed";
    this.server.sockets.delete(this);
  }

  send(text: string): void {
    if (this.state === "connecting") throw new Error("not open yet");
    if (this.state === "open") this.server.world.after(LATENCY_MS, () => this.state === "open" && this.#handle(JSON.parse(text)));
  }

  /** Sends the deltas of the rows that this viewer subscribed to. */
  push(deltas: readonly RowData[]): void {
    const { faults } = this.server;
    if (this.state !== "open") return;
    if (this.server.chance(faults.cut)) return this.cut();
    if (this.server.chance(faults.silence)) this.state = "silent";
    const rows = deltas.filter(({ subject }) => matchesAny(this.subjects, subject));
    if (rows.length && !this.server.chance(faults.lose)) this.#deliver({ type: "deltas", rows }, LATENCY_MS, true);
  }

  #deliver(message: { type: string; rows?: readonly RowData[] }, delay: number, isPush = false): void {
    const { server } = this;
    const { faults, world } = server;
    const text = JSON.stringify(message);
    const slow = isPush && server.chance(faults.reorder) ? server.random() * DELAY_MS : 0;
    const part = server.chance(faults.truncate) ? text.slice(0, Math.floor(server.random() * text.length)) : text;
    const data = server.chance(faults.oversize) ? `"${"x".repeat(1024 * 1024)}"` : part;
    world.after(delay + slow, () => this.#receive(data, message));
    if (isPush && server.chance(faults.repeat)) world.after(delay + server.random() * DELAY_MS, () => this.#receive(data, message));
  }

  #receive(data: string, { rows = [] }: { rows?: readonly RowData[] }): void {
    if (this.state !== "open" || !this.onmessage) return;
    const whole = data.endsWith("}");
    for (const { subject, bucket, epoch, version } of whole ? rows : []) {
      const name = `${subject}|${bucket} ${epoch}`;
      this.server.arrived.set(name, Math.max(version, this.server.arrived.get(name) ?? 0));
    }
    this.onmessage({ data });
  }

  #handle(message: any): void {
    const { server } = this;
    if (server.chance(server.faults.cut)) return this.cut();
    if (server.chance(server.faults.error) && message.action !== "ping") return this.#fail(message);
    if (message.action === "ping") this.#deliver({ type: "pong", id: message.id } as any, LATENCY_MS);
    else if (message.action === "subscribe") this.#subscribe(message);
    else if (message.action === "verify") this.#respond(message.id, message.digests ? this.#differing(message) : this.#newer(message));
    else if (message.action === "catalog") this.#deliver({ type: "catalog", id: message.id, version: "1", serviceLevels: {}, queues: [], last: true } as any, LATENCY_MS);
    else for (const subject of message.subjects) this.subjects.delete(subject);
  }

  #fail({ id }: { id: number }): void {
    const code = "internal";
    if (this.server.chance(0.3)) this.#deliver({ type: "error", id, code, message: "failed" } as any, LATENCY_MS);
    else if (this.server.chance(0.5)) this.#deliver({ message: "Internal server error", connectionId: "c", requestId: "r" } as any, LATENCY_MS);
  }

  #subscribe({ id, subjects, have = {} }: any): void {
    const { verifySeconds, features } = this.server;
    for (const subject of subjects) this.subjects.add(subject);
    this.#deliver({ type: "subscribed", id, subjects, refused: [], verifySeconds, features } as any, LATENCY_MS);
    this.#respond(id, this.#newer({ have, subjects }));
  }

  /** The rows that differ from those named, or are not named. */
  #newer({ have, subjects = [...this.subjects], from = "", to }: any): RowData[] {
    const { rows } = this.server;
    const buckets = this.server.currentBuckets();
    const patterns: Set<string> = new Set(subjects);
    const inRange = (subject: string) => subject >= from && (to === undefined || subject < to) && matchesAny(patterns, subject);
    const current = rows.rows().filter(({ subject, bucket }) => inRange(subject) && buckets.includes(bucket));
    const names = new Set([...current.map(({ subject, bucket }) => `${subject}|${bucket}`), ...Object.keys(have)]);
    const states = [...names].map((name) => rows.row(name) ?? noRow(name));
    return states.filter((row) => {
      const version = have[`${row.subject}|${row.bucket}`];
      return version?.epoch !== row.epoch || version.version !== row.version;
    });
  }

  /** All rows of the subjects whose digests differ, from what the server read a moment before. */
  #differing({ digests, buckets, from = "", to }: any): RowData[] {
    const time = this.server.world.now - this.server.random() * this.server.verifySeconds * 250;
    const inRange = (subject: string) => subject >= from && (to === undefined || subject < to);
    const rows = this.server.rows.rows(time).filter(({ subject }) => inRange(subject) && matchesAny(this.subjects, subject));
    const fresh = rows.filter(({ subject, bucket }) => !(subject in digests) && this.server.currentBuckets().includes(bucket));
    const differing = Object.keys(digests).flatMap((subject) => {
      const list = rows.filter((row) => row.subject === subject && buckets.includes(row.bucket));
      list.sort((a, b) => (a.bucket < b.bucket ? -1 : 1));
      const text = list.map(({ bucket, epoch, version }) => `${bucket}|${epoch}|${version}\n`).join("");
      if (fnv1a(text) === digests[subject]) return [];
      return buckets.map((bucket: string) => list.find((row) => row.bucket === bucket) ?? noRow(`${subject}|${bucket}`));
    });
    return [...differing, ...fresh];
  }

  /** In several frames; a failure on the way ends the response. */
  #respond(id: number, rows: RowData[]): void {
    const { server } = this;
    const frames: RowData[][] = [];
    for (let start = 0; start === 0 || start < rows.length; start += ROWS_PER_FRAME) frames.push(rows.slice(start, start + ROWS_PER_FRAME));
    const complete = server.chance(server.faults.error) ? Math.floor(server.random() * frames.length) : frames.length;
    frames.slice(0, complete).forEach((part, index) => {
      const message: any = { type: "snapshot", rows: part, last: index === frames.length - 1 };
      if (server.features) message.id = id;
      this.#deliver(message, LATENCY_MS + index * 20);
    });
  }
}

function noRow(name: string): RowData {
  const split = name.lastIndexOf("|");
  return { subject: name.slice(0, split), bucket: name.slice(split + 1), epoch: "1.0", version: 0, at: iso0, metrics: {}, computed: {} };
}

const iso0 = "1970-01-01T00:00:00Z";
