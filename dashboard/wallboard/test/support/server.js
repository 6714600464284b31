/** The built board and the viewer protocol on one port, as a site would serve them. */
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { WebSocketServer } from "ws";
import { Centre, dayOf, INTERVAL_MS, intervalOf } from "./centre.js";

const DIST = fileURLToPath(new URL("../../dist/", import.meta.url));
const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".json": "application/json", ".svg": "image/svg+xml", ".woff2": "font/woff2" };
const ROWS_PER_FRAME = 40;

/** What docs/wallboard.md tells a site to send. */
export const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

export class BoardServer {
  sockets = new Set();
  requests = [];
  /** `now` stands still, or moves with the clock from a given time. */
  constructor({ start, config = {}, agents = true, ...centre } = {}) {
    const began = Date.now();
    this.now = () => (start === undefined ? Date.now() : start + Date.now() - began);
    this.config = config;
    this.allowsAgents = agents;
    this.centre = new Centre({ ...centre, now: this.now });
    this.tokenStatus = 200;
    this.refusesSockets = false;
    this.build = undefined;
    this.http = createServer((request, response) => this.#serve(request, response));
    this.websockets = new WebSocketServer({ noServer: true, handleProtocols: () => "headroom.v1" });
    this.http.on("upgrade", (request, socket, head) => {
      const isAllowed = !this.refusesSockets && /bearer\.token/.test(request.headers["sec-websocket-protocol"] ?? "");
      if (!isAllowed) return socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
      this.websockets.handleUpgrade(request, socket, head, (client) => this.#accept(client));
    });
  }

  async listen(port = 0) {
    await new Promise((resolve) => this.http.listen(port, "127.0.0.1", resolve));
    this.url = `http://127.0.0.1:${this.http.address().port}/`;
    return this;
  }

  /** Lets seconds of the contact centre pass, each second of real time. */
  run(share) {
    this.timer = setInterval(() => this.step(share), 1000);
    return this;
  }

  step(share) {
    this.centre.second(share);
    this.push();
  }

  push() {
    const deltas = this.centre.takeDeltas();
    for (const socket of this.sockets) {
      const rows = deltas.filter(({ subject }) => covers(socket.subjects, subject));
      for (let start = 0; start < rows.length; start += 200) send(socket, { type: "deltas", rows: rows.slice(start, start + 200) });
    }
  }

  /** Ends all connections without a word, as a network does. */
  cut() {
    for (const socket of this.sockets) socket.terminate();
  }

  async close() {
    clearInterval(this.timer);
    this.cut();
    this.http.closeAllConnections();
    await new Promise((resolve) => this.http.close(resolve));
  }

  async #serve(request, response) {
    const { pathname } = new URL(request.url, "http://x");
    this.requests.push(request.url);
    const headers = { "content-security-policy": POLICY, "x-content-type-options": "nosniff", "referrer-policy": "no-referrer", date: new Date(this.now()).toUTCString() };
    const reply = (status, type, body) => response.writeHead(status, { ...headers, "content-type": type }).end(body);
    if (pathname === "/config.json") return reply(200, TYPES[".json"], JSON.stringify({ url: "./live", tokenUrl: "./token", ...this.config }));
    if (pathname === "/build.json" && this.build) return reply(200, TYPES[".json"], JSON.stringify({ build: this.build }));
    if (pathname === "/token") return reply(request.headers["x-headroom"] ? this.tokenStatus : 403, "text/plain", "token");
    if (this.oauth && request.method === "POST") return this.#answer(request, reply, this.oauth);
    try {
      const path = normalize(pathname === "/" ? "index.html" : pathname.slice(1));
      if (path.startsWith("..")) return reply(404, "text/plain", "");
      reply(200, TYPES[extname(path)] ?? "application/octet-stream", await readFile(DIST + path));
    } catch {
      reply(404, "text/plain", "");
    }
  }

  async #answer(request, reply, oauth) {
    let text = "";
    for await (const part of request) text += part;
    const { status = 200, body } = oauth(request.url, new URLSearchParams(text));
    reply(status, TYPES[".json"], JSON.stringify(body));
  }

  #accept(socket) {
    socket.subjects = new Set();
    this.sockets.add(socket);
    socket.on("close", () => this.sockets.delete(socket));
    socket.on("message", (data) => this.#handle(socket, JSON.parse(data.toString())));
  }

  #handle(socket, message) {
    const { action, id } = message;
    if (action === "ping") send(socket, { type: "pong", id });
    else if (action === "subscribe") this.#subscribe(socket, message);
    else if (action === "catalog") send(socket, { type: "catalog", id, ...this.centre.catalog, last: true });
    else if (action === "read") this.#respond(socket, id, this.#past(message));
    else if (action === "verify") this.#respond(socket, id, Object.keys(message.have ?? {}).map((key) => this.centre.rows.get(key)).filter((row) => row));
    else for (const subject of message.subjects) socket.subjects.delete(subject);
  }

  #subscribe(socket, { id, subjects, have = {} }) {
    const isAllowed = (subject) => this.allowsAgents || !/^agent#|#agents$/.test(subject);
    const [accepted, refused] = [subjects.filter(isAllowed), subjects.filter((subject) => !isAllowed(subject))];
    for (const subject of accepted) socket.subjects.add(subject);
    send(socket, { type: "subscribed", id, subjects: accepted, refused: refused.map((subject) => ({ subject, code: "forbidden" })), features: ["catalog", "digests", "read", "waits"] });
    const now = this.now();
    const intervals = [0, 1, 2, 3].map((past) => intervalOf(now - past * INTERVAL_MS));
    const buckets = new Set(["now", dayOf(now), ...intervals]);
    const isCurrent = ({ subject, bucket, version, epoch }) => {
      const known = have[`${subject}|${bucket}`];
      return covers(new Set(accepted), subject) && isAllowed(subject) && (buckets.has(bucket) || subject === "api#budget") && !(known?.version === version && known.epoch === epoch);
    };
    this.#respond(socket, id, [...this.centre.rows.values()].filter(isCurrent));
  }

  #past({ subjects, since, until }) {
    const isIncluded = ({ subject, bucket }) => subjects.includes(subject) && bucket.startsWith("PT") && bucket.slice(6) >= since && bucket.slice(6) < until;
    return [...this.centre.rows.values()].filter(isIncluded);
  }

  #respond(socket, id, rows) {
    for (let start = 0; start === 0 || start < rows.length; start += ROWS_PER_FRAME) {
      send(socket, { type: "snapshot", id, rows: rows.slice(start, start + ROWS_PER_FRAME), last: start + ROWS_PER_FRAME >= rows.length });
    }
  }
}

const send = (socket, message) => socket.send(JSON.stringify(message));

function covers(patterns, subject) {
  for (const pattern of patterns) if (pattern === subject || (pattern.endsWith("*") && subject.startsWith(pattern.slice(0, -1)))) return true;
  return false;
}
