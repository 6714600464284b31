/**
 * What an update costs, by the browser's own counters: 200 queues with 3 media types, all of which change each second.
 *
 *   npm run bench                  25 updates of 600 rows, and 25 of 1,800
 *   npm run bench -- --minutes 10  and whether heap, nodes and listeners stay flat for ten minutes
 *   npm run bench -- --check       fails above 25 ms of script, style and layout, or 50 ms of the whole task (medians)
 */
import { openBrowser, openPage } from "./support/browser.js";
import { BoardServer } from "./support/server.js";

const LIMIT_MS = 25;
const LIMIT_TASK_MS = 50;
const UPDATES = 25;
const WARM_UP = 5;
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

/** All that an update sets in motion is over after this. */
const second = () => new Promise((resolve) => setTimeout(resolve, 1000));

/** A change of one row of each queue, or of three of them. */
const STEPS = {
  600: () => {
    for (const { subject } of server.centre.subjects) server.centre.setWaiting(subject, Math.floor(server.centre.random() * 12));
    server.push();
  },
  1800: () => server.step(1),
};

async function update(step) {
  const before = await counters();
  step();
  await second();
  const after = await counters();
  const ms = (name) => 1000 * (after[name] - before[name]);
  const part = { script: ms("ScriptDuration"), style: ms("RecalcStyleDuration"), layout: ms("LayoutDuration"), task: ms("TaskDuration") };
  return { ...part, sum: part.script + part.style + part.layout };
}

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
let isAbove = false;
for (const [rows, step] of Object.entries(STEPS)) {
  const updates = [];
  for (let count = 0; count < UPDATES + WARM_UP; count++) updates.push(await update(step));
  const parts = ["script", "style", "layout", "sum", "task"];
  const medianMs = Object.fromEntries(parts.map((name) => [name, Number(median(updates.slice(WARM_UP).map((part) => part[name])).toFixed(1))]));
  console.log(JSON.stringify({ rows: Number(rows), updates: UPDATES, medianMs }));
  isAbove ||= medianMs.sum > LIMIT_MS || medianMs.task > LIMIT_TASK_MS;
}

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
if (isCheck && isAbove) {
  console.error(`above ${LIMIT_MS} ms of script, style and layout, or ${LIMIT_TASK_MS} ms of task`);
  process.exitCode = 1;
}
