/** The pictures of docs/wallboard.md and the README. Look at them before they go in. */
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { openBrowser, openPage } from "./support/browser.js";
import { BoardServer } from "./support/server.js";

const FOLDER = fileURLToPath(new URL("../../../docs/wallboard/", import.meta.url));
const PICTURES = [
  ["supervisor", "?theme=dark&title=Service%20centre"],
  ["analyst", "?theme=light&preset=analyst&queue=queue%23q003%23voice"],
  ["tv", "?theme=dark&tv=1&preset=floor&title=Service%20centre"],
  ["contrast", "?theme=contrast&tv=1&preset=floor&lang=de&title=Kundendienst"],
];

mkdirSync(FOLDER, { recursive: true });
const server = await new BoardServer({ start: Date.parse("2026-05-12T12:41:10Z"), seed: 11 }).listen();
for (let second = 0; second < 30; second++) server.centre.second();
server.centre.setWaiting("queue#q007#voice", 21, 204_000);
server.centre.takeDeltas();
const browser = await openBrowser();
for (const [name, address] of [...PICTURES, ["stale", PICTURES[2][1]]]) {
  const page = await openPage(browser, server.url + address, { viewport: { width: 1600, height: 900 } });
  await page.waitForFunction(() => document.fonts.ready && document.querySelector(".line[data-live=true]") && document.querySelector('.tile[data-name="serviceLevel"] .value')?.textContent.includes("%"));
  await page.waitForFunction(() => ![...document.querySelectorAll(".rows .text")].some((name) => /^q\d/.test(name.textContent)));
  await page.waitForFunction(() => !document.querySelector(".trend") || document.querySelector(".chart canvas"));
  if (name === "stale") {
    server.refusesSockets = true;
    server.cut();
    await page.waitForFunction(() => document.querySelector(".band[data-shown=true]"));
  }
  const path = `${FOLDER}${name}.png`;
  await page.screenshot({ path, animations: "disabled" });
  await page.context().close();
}
await browser.close();
await server.close();
