/**
 * Keeps one connection open, and a second one while the first is renewed.
 *
 * @module
 */
import { backoff } from "./backoff.js";
import { Connection, type Lifecycle, type Owner, type WebSocketLike } from "./connection.js";
import { SUBPROTOCOL } from "./protocol.js";
import { renewAfter } from "./token.js";

/** A token that takes longer than this does not come. */
const TOKEN_MS = 30_000;
/** A connection that lasted this long was good: the next failure counts as the first. */
const STABLE_MS = 5000;

/** Why a token is requested. `rejected?`: the last handshake failed, perhaps because of its token. */
export type TokenReason = "first" | "reconnect" | "renew" | "rejected?";

/** Thrown by `getToken` if the viewer may not connect: the client ends in the state `unauthorized`. */
export class UnauthorizedError extends Error {
  override name = "UnauthorizedError";
}

/** The options of a client, with what stands in for those that are absent. */
export interface Settings {
  readonly url: string;
  readonly waits?: boolean;
  readonly getToken: (request: { readonly reason: TokenReason }) => string | Promise<string>;
  readonly now: () => number;
  readonly random: () => number;
  readonly webSocket: (url: string, protocols: string[]) => WebSocketLike;
  readonly setTimer: (callback: () => void, ms: number) => unknown;
  readonly clearTimer: (timer: any) => void;
  readonly onWake: (wake: () => void) => () => void;
}

/** What a transport needs of its client, and reports to it. */
export interface TransportOwner extends Owner {
  readonly options: Settings;
  /** The connection came, went or was replaced. */
  connectionChanged(reason: string, code?: number): void;
  unauthorized(reason: string): void;
}

export class Transport implements Lifecycle {
  /** The connection whose word counts, from its handshake on. */
  primary: Connection | undefined;
  /** Takes the place of the primary one once it is complete. */
  #successor: Connection | undefined;
  #attempt: { readonly until: number } | undefined;
  #retryAt = 0;
  #failures = 0;
  #reason: TokenReason = "first";

  constructor(readonly owner: TransportOwner) {}

  get isComplete(): boolean {
    return this.primary?.complete ?? false;
  }

  /** Milliseconds until something is due that is not for the connections themselves to do. */
  wait(now: number): number {
    return this.primary || this.#attempt ? Infinity : this.#retryAt - now;
  }

  /** Does what is due. */
  tick(now: number): void {
    this.primary?.tick();
    this.#successor?.tick();
    if (this.#attempt && now > this.#attempt.until) this.#fail("token", "timeout");
    const due = !this.primary || now >= this.primary.renewAt;
    if (due && !this.#attempt && !this.#successor && now >= this.#retryAt) this.#connect(now);
  }

  /** The page is shown again, or the network is back: a socket may have died in silence. */
  wake(): void {
    this.primary?.probe();
    this.#successor?.probe();
    this.#retryAt = 0;
  }

  /** Ends all connections. */
  stop(): void {
    this.#attempt = undefined;
    this.#failures = this.#retryAt = 0;
    this.#reason = "first";
    const connections = [this.#successor, this.primary];
    this.#successor = this.primary = undefined;
    for (const connection of connections) connection?.end("closed");
  }

  #connect(now: number): void {
    const attempt = { until: now + TOKEN_MS };
    this.#attempt = attempt;
    const reason = this.primary ? "renew" : this.#reason;
    Promise.resolve({ reason })
      .then(this.owner.options.getToken)
      .then(
        (token) => this.#attempt === attempt && this.#open(token),
        (error) => this.#attempt === attempt && this.#tokenFailed(error),
      );
  }

  #open(token: string): void {
    this.#attempt = undefined;
    const { url, webSocket, random } = this.owner.options;
    const now = this.owner.now();
    let socket: WebSocketLike;
    try {
      socket = webSocket(url, [SUBPROTOCOL, `bearer.${token}`]);
    } catch (error) {
      return this.#fail("socket", String(error));
    }
    const connection = new Connection(this.owner, this, socket, now);
    connection.renewAt = now + renewAfter(token, now, random());
    if (this.primary) this.#successor = connection;
    else this.primary = connection;
  }

  #tokenFailed(error: unknown): void {
    if ((error as Error)?.name !== "UnauthorizedError") return this.#fail("token", String(error));
    this.stop();
    this.owner.unauthorized(String(error));
  }

  #fail(code: string, message: string): void {
    this.#attempt = undefined;
    this.#backOff();
    this.owner.emit("error", { code, message });
  }

  #backOff(): void {
    this.#retryAt = this.owner.now() + backoff(this.#failures++, this.owner.options.random());
  }

  /** All subjects have come on a connection: if it is the successor, the primary one may go. */
  becameComplete(connection: Connection): void {
    if (connection === this.#successor) {
      const old = this.primary;
      this.primary = connection;
      this.#successor = undefined;
      old?.end("renewed");
    }
    this.owner.connectionChanged("complete");
  }

  tokenExpired(connection: Connection): void {
    connection.renewAt = 0;
  }

  ended(connection: Connection, reason: string, code?: number): void {
    // By its handshake alone a browser cannot tell a refused token from a server that is gone.
    if (!connection.opened) this.#reason = "rejected?";
    if (this.owner.now() - connection.startedAt >= STABLE_MS && connection.complete) this.#failures = 0;
    if (connection === this.#successor) {
      this.#successor = undefined;
      this.#backOff();
    } else if (connection === this.primary) {
      this.primary = this.#successor;
      this.#successor = undefined;
      if (connection.opened) this.#reason = "reconnect";
      this.#backOff();
      this.owner.connectionChanged(reason, code);
    }
  }
}
