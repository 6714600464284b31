/** The built board in Debian's Chromium, against a server of the protocol with real WebSockets. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, afterEach, before, test } from "node:test";
import { openBrowser, openPage } from "./support/browser.js";
import { BoardServer } from "./support/server.js";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const START = Date.parse("2026-05-12T12:41:10Z");

let browser;
let server;
let page;

before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());
afterEach(async () => {
  const faults = page?.faults ?? [];
  await page?.context().close();
  await server?.close();
  page = server = undefined;
  assert.deepEqual(faults, [], "no error and no violation of the content-security policy");
});

async function open(query = "", options = {}, pageOptions = {}) {
  server = await new BoardServer({ start: START, ...options }).listen();
  page = await openPage(browser, server.url + query, pageOptions);
  return page;
}

/** Waits until a function of the page is true; there is a deadline, and no sleeping. */
const until = (condition, argument) => page.waitForFunction(condition, argument, { timeout: 60_000, polling: 50 });
const text = (selector) => page.locator(selector).innerText();
const cell = (subject, column) => page.locator(`[data-subject="${subject}"] .cell`).nth(column);
/** Waits until rows are live and named: with the names comes another order. */
const live = () =>
  until(() => {
    const names = [...document.querySelectorAll(".rows .name .text")];
    return document.querySelector('.pill[data-state="live"]') && names.length > 0 && names.every((cell) => !/^q\d+$/.test(cell.textContent));
  });

test("the first number comes, and a change is seen as it comes", async (context) => {
  await open("?columns=waiting", { queues: 3 });
  await live();
  // No assertion: a busy machine takes as long as it takes. `make bench-dashboard` measures.
  context.diagnostic(`first number ${Math.round(await page.evaluate(() => performance.now()))} ms after opening`);
  server.centre.setWaiting("queue#q001#voice", 77);
  server.push();
  await until(() => document.querySelector('[data-subject="queue#q001#voice"]').textContent.includes("77"));
});

test("when the connection is cut, a band says since when, every tile and row is marked, and all is well again after", async () => {
  await open("", { queues: 5 });
  await live();
  server.refusesSockets = true;
  server.cut();
  await until(() => document.querySelector(".band[data-shown=true]"));
  assert.equal(await page.locator(".tile[data-live=true], .line[data-live=true]").count(), 0, "in the same moment");
  assert.match(await text(".band"), /Not connected.*14:41/);
  assert.equal(await page.locator(".rows .mark.stale").count(), 5);
  const wait = await text('[data-name="longestWait"] .value');
  const age = await text(".pill .age");
  await until((age) => document.querySelector(".pill .age").textContent !== age, age);
  assert.equal(await text('[data-name="longestWait"] .value'), wait, "what is not current does not go on counting");
  server.refusesSockets = false;
  server.centre.setWaiting("queue#q002#voice", 55);
  server.centre.takeDeltas();
  await live();
  await until(() => document.querySelector('[data-subject="queue#q002#voice"]').textContent.includes("55"));
  await until(() => !document.querySelector(".band[data-shown=true], .tile[data-live=false], .line[data-live=false]"));
  const colours = () => [...new Set([...document.querySelectorAll(".rows .name")].map((cell) => getComputedStyle(cell).color))];
  assert.equal((await page.evaluate(colours)).length, 1, "no row goes on looking stale");
});

test("a refused token ends in a message, and not in a storm of requests", async () => {
  server = await new BoardServer({ start: START, queues: 2 }).listen();
  server.tokenStatus = 401;
  page = await openPage(browser, server.url);
  await until(() => document.querySelector('.band[data-state="unauthorized"][data-shown="true"]'));
  for (let wake = 0; wake < 20; wake++) await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  assert.equal(server.requests.filter((request) => request === "/token").length, 1);
});

test("limits show as colour, shape and word, and are kept until the clear limit", async () => {
  await open("?columns=waiting&limits=waiting:5/3:10/8", { queues: 2, quiet: true });
  await live();
  const level = async (count, expected) => {
    server.centre.setWaiting("queue#q000#voice", count);
    server.push();
    await until(([level, count]) => {
      const row = document.querySelector('[data-subject="queue#q000#voice"]');
      return row.dataset.level === level && row.children[1].textContent === String(count);
    }, [expected, count]);
  };
  await level(4, "ok");
  await level(5, "warning");
  await level(4, "warning");
  await level(10, "alert");
  await level(9, "alert");
  assert.match(await text('[data-subject="queue#q000#voice"]'), /Alert/);
  const [alert, warning] = await page.evaluate(() => {
    const row = document.querySelector('[data-subject="queue#q000#voice"]');
    return [row.querySelector(".mark path").getAttribute("d"), getComputedStyle(row.children[1]).color];
  });
  await level(3, "ok");
  const [ok, plain] = await page.evaluate(() => {
    const row = document.querySelector('[data-subject="queue#q000#voice"]');
    return [row.querySelector(".mark path").getAttribute("d"), getComputedStyle(row.children[1]).color];
  });
  assert.notEqual(alert, ok, "another shape");
  assert.notEqual(warning, plain, "another colour");
});

test("of 500 queues each is reached by scrolling, by search and by keys, and few are elements of the page", async () => {
  await open("?sort=queue", { queues: 500, agents: 0 });
  await live();
  await until(() => document.querySelector(".count").textContent.includes("500 of 500"));
  assert.ok((await page.locator(".rows .line").count()) < 60);
  const seen = new Set();
  const box = page.locator(".frame");
  const height = await box.evaluate((frame) => [frame.scrollHeight, frame.clientHeight]);
  // By half a frame: rows at its edges may be drawn a moment later.
  for (let top = 0; top < height[0]; top += height[1] / 2) {
    await box.evaluate((frame, top) => frame.scrollTo(0, top), top);
    await until((top) => {
      const lines = [...document.querySelectorAll(".rows .line")].map((line) => new DOMMatrix(getComputedStyle(line).transform).f);
      const frame = document.querySelector(".frame");
      return Math.min(...lines) <= frame.scrollTop && Math.max(...lines) >= Math.min(frame.scrollHeight - 60, frame.scrollTop + frame.clientHeight - 60) && top >= 0;
    }, top);
    for (const subject of await page.$$eval(".rows .line", (lines) => lines.map((line) => line.dataset.subject))) seen.add(subject);
  }
  assert.equal(seen.size, 500);
  await page.fill("#search", "repairs 17");
  await until(() => document.querySelectorAll(".rows .line").length === 1);
  await page.fill("#search", "");
  await page.locator(".rows .line.active").focus();
  await page.keyboard.press("End");
  await until(() => document.activeElement.getAttribute("aria-rowindex") === "501");
  await page.keyboard.press("Enter");
  await until(() => location.search.includes("queue=queue"));
});

test("hostile names stay text", async () => {
  const names = ['<img src=x onerror="window.hacked=1">', '"><script>window.hacked=1</script>', "javascript:window.hacked=1", "{{constructor}}", "\u202Eevil", "x".repeat(4000)];
  await open("?preset=analyst", { queues: 6, names });
  await live();
  const shown = await page.$$eval(".rows .name .text", (cells) => cells.map((cell) => cell.textContent));
  assert.deepEqual(new Set(shown), new Set(names));
  await page.locator(".rows .line").first().click();
  await until(() => document.querySelector(".trend .chart canvas"));
  assert.equal(await page.evaluate(() => window.hacked), undefined);
  assert.equal(await page.locator(".rows img, .rows script").count(), 0);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(overflow <= 0);
});

test("what the token does not grant is nowhere on the page", async () => {
  await open("?preset=analyst", { queues: 2, agents: false });
  await live();
  assert.equal(await page.locator(".agents").count(), 0);
  assert.doesNotMatch(await text("body"), /Longest idle|Alma Berg/);
});

test("the address has the whole view, and never the token", async () => {
  await open("?columns=waiting,answered", { queues: 4 });
  await live();
  await page.fill("#search", "b");
  await page.click("text=Only problems");
  await page.locator("[role=columnheader] button").first().click();
  await until(() => /search=b/.test(location.search) && /problems=1/.test(location.search) && /sort=queue/.test(location.search));
  const address = page.url();
  await page.reload();
  await until(() => document.querySelector("#search")?.value === "b");
  assert.equal(page.url(), address);
  assert.ok(server.requests.every((request) => !request.includes("token") || request === "/token"));
});

test("in TV mode there are no controls, and what does not fit comes on the next page", async () => {
  await open("?tv=1&preset=floor&sort=queue", { queues: 30 });
  await live();
  assert.equal(await page.locator("button:visible, input:visible, select:visible").count(), 0);
  const [tile, screen] = await page.evaluate(() => [Number.parseFloat(getComputedStyle(document.querySelector(".tile .value")).fontSize), innerHeight]);
  assert.ok(tile >= 0.08 * screen, `numbers of ${tile} px on ${screen} px`);
  const first = await text(".pages");
  await until((first) => document.querySelector(".pages").textContent !== first, first);
  await page.keyboard.press("Escape");
  await until(() => document.querySelector("#search"));
});

test("views take turns, and a screen that is not registered shows a code", async () => {
  await open(`?rotate=1&views=${encodeURIComponent("title=First")}&views=${encodeURIComponent("title=Second&preset=floor")}`, { queues: 3, quiet: true });
  await live();
  const title = (name) => until((name) => document.querySelector("h1").textContent === name, name);
  await title("First");
  await title("Second");
  await page.context().close();
  await server.close();
  let isApproved = false;
  server = await new BoardServer({ start: START, queues: 2, config: { device: { authorizationUrl: "./device", tokenUrl: "./oauth", clientId: "board" } } }).listen();
  server.oauth = (path) => {
    if (path === "/device") return { body: { device_code: "d", user_code: "WXYZ-1234", verification_uri: "https://login.example/device", interval: 0.05, expires_in: 600 } };
    return isApproved ? { body: { access_token: "token", refresh_token: "r" } } : { status: 400, body: { error: "authorization_pending" } };
  };
  page = await openPage(browser, server.url);
  await until(() => document.querySelector(".register .code")?.textContent === "WXYZ-1234");
  isApproved = true;
  await live();
  assert.ok(!page.url().includes("token"));
});

test("the plain page of the README shows one number", async () => {
  const readme = readFileSync(new URL("../../../README.md", import.meta.url), "utf8");
  const part = (name) => readFileSync(new URL(`../public/${name}`, import.meta.url), "utf8");
  for (const name of ["number.html", "number.js"]) assert.ok(readme.includes(part(name).trim()), `${name} stands in the README`);
  assert.ok((part("number.html") + part("number.js")).trim().split("\n").length <= 10);
  await open("number.html", { queues: 3 });
  const shown = () => document.querySelector('headroom-value[state="live"]')?.textContent;
  await until(shown);
  server.centre.setWaiting("queue#q000#voice", 900);
  server.push();
  await until(() => Number(document.querySelector("headroom-value").textContent.replace(/\D/g, "")) >= 900);
});

for (const theme of ["dark", "light", "contrast"]) {
  test(`axe finds nothing in the theme ${theme}, with settings and keys open as well`, async () => {
    await open(`?theme=${theme}&preset=analyst&sound=once&limits=waiting:1/0:2/1`, { queues: 12 });
    await live();
    const violations = async (where) => {
      await page.evaluate(AXE);
      const result = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
      const list = result.violations.map(({ id, nodes }) => `${where}: ${id}: ${nodes.slice(0, 2).map(({ html, failureSummary }) => `${html.slice(0, 120)} ${failureSummary}`).join(" | ")}`);
      assert.deepEqual(list, []);
    };
    await violations("board");
    await page.click("text=Settings");
    await violations("settings");
    await page.keyboard.press("Escape");
    server.refusesSockets = true;
    server.cut();
    await until(() => document.querySelector(".band[data-shown=true]"));
    await violations("not connected");
  });
}

test("everything is reached by keyboard, and the focus is always seen", async () => {
  await open("?groups=A:q000&preset=analyst", { queues: 8, media: ["voice", "chat"] });
  await live();
  const reached = new Set();
  for (let step = 0; step < 60; step++) {
    await page.keyboard.press("Tab");
    const [name, hasOutline] = await page.evaluate(() => {
      const element = document.activeElement;
      const name = element.id || element.className || element.textContent;
      return [element === document.body ? "" : `${element.tagName} ${name}`, getComputedStyle(element).outlineStyle !== "none"];
    });
    if (!name) break;
    assert.ok(hasOutline, `${name} shows that it has the focus`);
    reached.add(name.split(" ")[0] + name.slice(0, 30));
  }
  const all = [...reached].join("\n");
  for (const part of ["search", "SELECT", "toggle", "TV mode", "Settings", "round", "line active", "SUMMARY"]) assert.match(all, new RegExp(part));
  await page.locator(".rows .line.active").focus();
  await page.keyboard.press("ArrowDown");
  await until(() => document.activeElement.matches('.line[aria-rowindex="3"]'));
  await page.keyboard.press("p");
  await until(() => location.search.includes("pins="));
  await page.evaluate(() => document.activeElement.blur());
  await page.keyboard.press("?");
  await until(() => document.querySelector("dialog[open]"));
  await page.keyboard.press("Escape");
  await until(() => !document.querySelector("dialog[open]"));
  await page.keyboard.press("/");
  await until(() => document.activeElement.id === "search");
});

test("a new build is loaded by itself, with the same view", async () => {
  server = await new BoardServer({ start: START, queues: 2 }).listen();
  server.build = "one";
  const context = await browser.newContext();
  page = await context.newPage();
  page.faults = [];
  await page.clock.install({ time: START });
  await page.goto(`${server.url}?title=Hall`);
  await page.waitForFunction(() => document.querySelector("h1")?.textContent === "Hall");
  await page.evaluate(() => (window.mark = 1));
  server.build = "two";
  const built = page.waitForResponse(async (response) => response.url().endsWith("/build.json") && (await response.text()).includes("two"));
  await page.clock.fastForward("05:01");
  await built;
  await page.clock.fastForward("01:01");
  await page.waitForFunction(() => window.mark === undefined && document.querySelector("h1")?.textContent === "Hall");
});

test("German is the language of a German browser, and every number is written as there", async () => {
  await open("", { queues: 3 }, { locale: "de-DE" });
  await live();
  assert.match(await text(".tiles"), /Servicelevel[\s\S]*Ziel 80\s%/);
  assert.equal(await page.evaluate(() => document.documentElement.lang), "de");
});
