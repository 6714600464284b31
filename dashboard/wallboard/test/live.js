/**
 * The client library and the board against a running stack: `node live.js <address of the board>`.
 *
 * Writes a line of JSON for each step, and reads a line before the next one; `tests/stack/test_wallboard.py` says what each
 * has to show.
 */
import { createInterface } from "node:readline";
import { createClient } from "@headroom/client";
import WebSocket from "ws";
import { openBrowser, openPage } from "./support/browser.js";

const DEADLINE_MS = 60_000;
const [origin] = process.argv.slice(2);
const { url } = await (await fetch(`${origin}/config.json`)).json();
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const browser = await openBrowser();

/** Shows a step, and returns what the other side says to it. */
async function show(step) {
  console.log(JSON.stringify(step));
  return JSON.parse((await lines.next()).value ?? "null");
}

/** Waits until the client says something that fulfils a condition. */
function until(source, condition) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`not within ${DEADLINE_MS} ms: ${condition}`)), DEADLINE_MS);
    const check = () => {
      if (!condition()) return;
      clearTimeout(timer);
      stop();
      resolve();
    };
    const stop = source(check);
    check();
  });
}

const getToken = async () => (await fetch(`${origin}/token`, { method: "POST", headers: { "x-headroom": "token" } })).text();
const client = createClient({ url, getToken, webSocket: (address, protocols) => new WebSocket(address, protocols, { origin }) });
const query = client.query({ subjects: ["queue#*", "agent#*"] });
query.subscribe(() => {});
const changes = (check) => query.subscribe(check);
await until(changes, () => query.rows().length > 0 && query.rows().every((row) => row.state === "live"));
await until((check) => client.on("catalog", check), () => client.catalog);
const names = Object.fromEntries(client.catalog.queues.map(({ id, name }) => [id, name]));
const rows = query.rows().map(({ subject, bucket, metrics }) => ({ subject, bucket, metrics }));
const { subject, waiting } = await show({ rows, names });

const page = await openPage(browser, `${origin}/?preset=analyst`);
const cell = (name) => page.waitForFunction(([subject, text]) => document.querySelector(`[data-live="true"][data-subject="${subject}"]`)?.textContent.includes(text), [subject, name], { timeout: DEADLINE_MS });
await cell(names[subject.split("#")[1]]);
const openedMs = await page.evaluate(() => Math.round(performance.now()));
const agents = await page.locator(".agents").count();
await show({ openedMs, agents });

const isThere = () => query.row(`${subject}|now`)?.metrics.oWaiting === waiting;
await until(changes, isThere);
await page.waitForFunction(([subject, waiting]) => [...document.querySelectorAll(`[data-subject="${subject}"] .cell`)].some((cell) => cell.textContent === String(waiting)), [subject, waiting], { timeout: DEADLINE_MS });
await show({ waiting: query.row(`${subject}|now`).metrics.oWaiting });

await page.waitForFunction(() => document.querySelector(".band[data-shown=true]") && !document.querySelector(".line[data-live=true]"), undefined, { timeout: DEADLINE_MS });
await until((check) => client.on("state", check), () => client.state !== "live");
await show({ state: client.state, live: query.rows().filter((row) => row.state === "live").length, faults: page.faults });
client.close();
await browser.close();
process.exit();
