/**
 * What an update costs, by the browser's own counters: 200 queues with 3 media types, all of which change each second.
 *
 *   npm run bench                  60 updates
 *   npm run bench -- --minutes 10  and whether heap, nodes and listeners stay flat for ten minutes
 *   npm run bench -- --check       fails above 25 ms of script, style and layout, or 50 ms of the whole task (medians)
 */
import { openBrowser, openPage } from "./support/browser.js";
import { BoardServer } from "./support/server.js";

const LIMIT_MS = 25;
const LIMIT_TASK_MS = 50;
const minutes = Number(process.argv[process.argv.indexOf("--minutes") + 1]) || 0;
const isCheck = process.argv.includes("--check");

const server = await new BoardServer({ start: Date.parse("2026-05-12T12:41:10Z"), queues: 200, media: ["voice", "chat", "email"], agents: 0 }).listen();
const browser = await openBrowser();
const page = await openPage(browser, `${server.url}?preset=supervisor`);
await page.waitForFunction(() => document.querySelector(".count")?.textContent.includes("600 of 600"));
const session = await page.context().newCDPSession(page);
// The time of the thread, and not of the clock: other work of this machine does not count.
await session.send("Performance.enable", { timeDomain: "threadTicks" });

async function counters() {
  const { metrics } = await session.send("Performance.getMetrics");
  return Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
}

/** Waits for the drawing after an update: the newest row that the server sent is on the page. */
const second = () => new Promise((resolve) => setTimeout(resolve, 1000));

async function update() {
  const before = await counters();
  server.step(1);
  await second();
  const after = await counters();
  const ms = (name) => 1000 * (after[name] - before[name]);
  const part = { script: ms("ScriptDuration"), style: ms("RecalcStyleDuration"), layout: ms("LayoutDuration"), task: ms("TaskDuration") };
  return { ...part, sum: part.script + part.style + part.layout };
}

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const updates = [];
for (let count = 0; count < (minutes ? 20 : 60); count++) updates.push(await update());
updates.splice(0, 5);
const result = Object.fromEntries(["script", "style", "layout", "sum", "task"].map((name) => [name, Number(median(updates.map((part) => part[name])).toFixed(1))]));
console.log(JSON.stringify({ updates: updates.length, rowsAnUpdate: 600 * 3, medianMs: result }));

async function heap() {
  await session.send("HeapProfiler.collectGarbage");
  const { JSHeapUsedSize, Nodes, JSEventListeners } = await counters();
  return { heapMB: Number((JSHeapUsedSize / 1e6).toFixed(1)), nodes: Nodes, listeners: JSEventListeners };
}

if (minutes) {
  console.log(JSON.stringify({ minute: 0, ...(await heap()) }));
  for (let minute = 1; minute <= minutes; minute++) {
    for (let step = 0; step < 60; step++) {
      server.step(1);
      await second();
    }
    console.log(JSON.stringify({ minute, ...(await heap()) }));
  }
}
await browser.close();
await server.close();
if (isCheck && (result.sum > LIMIT_MS || result.task > LIMIT_TASK_MS)) {
  console.error(`above ${LIMIT_MS} ms of script, style and layout, or ${LIMIT_TASK_MS} ms of task`);
  process.exitCode = 1;
}
