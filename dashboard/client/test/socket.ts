/** A WebSocket that a test moves by hand. */
import type { RowData } from "../src/index.js";
import type { World } from "./world.js";

export class HandSocket {
  onopen: ((event: any) => void) | null = null;
  onclose: ((event: any) => void) | null = null;
  onerror: ((event: any) => void) | null = null;
  onmessage: ((event: any) => void) | null = null;
  readonly sent: any[] = [];
  closed = false;

  constructor(
    readonly url: string,
    readonly protocols: string[],
  ) {}

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  close(): void {
    this.closed = true;
  }

  open(): void {
    this.onopen?.({});
  }

  /** The server's side ends the connection. */
  drop(code = 1006): void {
    this.closed = true;
    this.onclose?.({ code });
  }

  receive(message: object): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }

  /** The newest request of an action. */
  request(action: string): any {
    return this.sent.findLast((message) => message.action === action);
  }

  /** Opens, and answers the subscription with rows. */
  serve(rows: readonly RowData[] = [], features: string[] = ["digests"]): void {
    this.open();
    const { id, subjects } = this.request("subscribe");
    this.receive({ type: "subscribed", id, subjects, refused: [], features });
    this.receive({ type: "snapshot", id, rows, last: true });
  }
}

/** Sockets that are made on request, newest last. */
export function socketsIn(world: World) {
  const sockets: HandSocket[] = [];
  const webSocket = (url: string, protocols: string[]) => {
    const socket = new HandSocket(url, protocols);
    sockets.push(socket);
    return socket;
  };
  let wake = () => {};
  const onWake = (listener: () => void) => {
    wake = listener;
    return () => {};
  };
  return { sockets, last: () => sockets.at(-1)!, wake: () => wake(), options: { url: "wss://h", webSocket, onWake, ...world.options(() => 0.5) } };
}

/** A row as the server sends it. */
export function rowOf(subject: string, bucket: string, version: number, metrics: Record<string, number> = {}): RowData {
  return { subject, bucket, epoch: "1.1", version, at: "2026-05-12T09:58:00Z", metrics, computed: {} };
}
