/** What the board computes, without a browser. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fill, LANGUAGES, languageOf } from "./build/languages.js";
import { agentsAtWork } from "./build/logic/agents.js";
import { untilTimeOfDay, watchBuild } from "./build/logic/build.js";
import { duration, formats } from "./build/logic/format.js";
import { DEFAULT_LIMITS, levelOf, limitsFor, readLimits, writeLimits } from "./build/logic/limits.js";
import { Lines } from "./build/logic/lines.js";
import { turn } from "./build/logic/rotation.js";
import { parseViews } from "./build/logic/saved.js";
import { inGroup, rowsOf } from "./build/logic/select.js";
import { tokenSource } from "./build/logic/token.js";
import { DEFAULT_VIEW, readView, writeView } from "./build/logic/view.js";

test("every language has every word, with the same places to fill", () => {
  const { en, ...others } = LANGUAGES;
  const places = (text) => [...text.matchAll(/\{\d\}/g)].map(([place]) => place).sort();
  for (const [lang, words] of Object.entries(others)) {
    assert.deepEqual(Object.keys(words), Object.keys(en), lang);
    for (const name of Object.keys(en)) {
      assert.ok(words[name], `${lang}.${name}`);
      assert.deepEqual(places(words[name]), places(en[name]), `${lang}.${name}`);
    }
  }
  assert.equal(languageOf("", ["fr-FR", "de-AT"]), "de");
  assert.equal(languageOf("xx", []), "en");
  assert.equal(fill("{1} of {0}", "a", "b"), "b of a");
});

test("a level that was raised stays until its clear limit", () => {
  const limit = DEFAULT_LIMITS.waiting;
  const follow = (values, metric, limit) => {
    let level = "ok";
    return values.map((value) => (level = levelOf(metric, value, limit, level)));
  };
  assert.deepEqual(follow([9, 10, 9, 8, 20, 18, 17, 8], "waiting", limit), ["ok", "warning", "warning", "ok", "alert", "alert", "warning", "ok"]);
  const share = DEFAULT_LIMITS.serviceLevel;
  assert.deepEqual(follow([0.8, 0.79, 0.805, 0.81, 0.69, 0.71, 0.72], "serviceLevel", share), ["ok", "warning", "warning", "ok", "alert", "alert", "warning"]);
  assert.equal(levelOf("waiting", undefined, limit, "alert"), "ok");
});

test("the limits of a service level follow the target of the queue", () => {
  assert.deepEqual(limitsFor(DEFAULT_LIMITS, 0.9).serviceLevel, { warning: { raise: 0.9, clear: 0.91 }, alert: { raise: 0.8, clear: 0.82 } });
  assert.equal(limitsFor(DEFAULT_LIMITS, 0.8), DEFAULT_LIMITS);
  assert.deepEqual(readLimits(writeLimits(DEFAULT_LIMITS)), DEFAULT_LIMITS);
  assert.deepEqual(readLimits("waiting:5/4:nonsense,other:1/1:2/2"), {});
});

test("a view is the same after a turn through its address, and no address breaks the board", () => {
  const view = {
    ...DEFAULT_VIEW,
    title: "Sales & <b>more</b>",
    tv: true,
    queues: ["a", "b"],
    groups: [{ name: "Süd", queues: ["a", "sales*"] }],
    limits: { waiting: { warning: { raise: 3, clear: 2 }, alert: { raise: 6, clear: 5 } } },
    rotate: 20,
    views: ["preset=floor&group=S%C3%BCd", "problems=1"],
  };
  assert.deepEqual(readView(writeView(view)), view);
  assert.equal(writeView(DEFAULT_VIEW), "");
  const odd = readView(`preset=__proto__&theme=7&rotate=-5&limits=%%%&groups=&views=&queues=${",".repeat(9000)}&toString=1`);
  assert.deepEqual(odd, { ...DEFAULT_VIEW, limits: {} });
});

test("views of a file are read, and what is none is left out", () => {
  assert.deepEqual(parseViews('{"Floor":"preset=floor&evil=1","Bad":7}'), { Floor: "preset=floor" });
  assert.deepEqual(parseViews("no JSON"), {});
});

test("durations read as people say them", () => {
  assert.deepEqual([undefined, 0, 59_999, 61_000, 3_661_000, 200_000_000].map(duration), ["–", "0:00", "0:59", "1:01", "1:01:01", "2 d"]);
  const { share, ago } = formats("de");
  assert.equal(share(0.8).replace(/\s/, " "), "80,0 %");
  assert.equal(ago(40_000), "vor 40 s");
});

const row = (subject, bucket, metrics = {}, state = "live") => ({ key: `${subject}|${bucket}`, subject, bucket, state, metrics, computed: {}, at: "", epoch: "e", version: 1 });

test("a line is made anew only if one of its rows changed", () => {
  const lines = new Lines();
  const [a, b] = [row("queue#a#voice", "now"), row("queue#b#voice", "now")];
  const first = lines.update([a, b], undefined);
  const second = lines.update([a, row("queue#b#voice", "now", { oWaiting: 1 })], undefined);
  assert.equal(second[0], first[0]);
  assert.notEqual(second[1], first[1]);
  const catalog = { version: "1", serviceLevels: { "*": { target: 0.8 } }, queues: [{ id: "a", name: "Sales", serviceLevels: { voice: { target: 0.9 } } }] };
  const [named, other] = lines.update([a, b], catalog);
  assert.deepEqual([named.name, named.target, other.name, other.target], ["Sales", 0.9, "b", 0.8]);
});

test("rows are those of the search and of problems, pinned ones first", () => {
  const shown = (name, waiting, level = "ok") => ({ line: { subject: name, queue: name, name, media: "voice" }, numbers: { waiting }, levels: {}, level });
  const list = [shown("Alpha", 1), shown("Beta", 5, "alert"), shown("Gamma", 3, "warning")];
  const names = (view) => rowsOf(list, { ...DEFAULT_VIEW, ...view }).map(({ line }) => line.name);
  assert.deepEqual(names({}), ["Beta", "Gamma", "Alpha"]);
  assert.deepEqual(names({ sort: "queue", descending: false }), ["Alpha", "Beta", "Gamma"]);
  assert.deepEqual(names({ pins: ["Alpha"] }), ["Alpha", "Beta", "Gamma"]);
  assert.deepEqual(names({ problems: true, search: "MA" }), ["Gamma"]);
});

test("a group has queues by id, or by name with a star", () => {
  const line = { queue: "q1", name: "Sales North" };
  const matches = (entry) => inGroup(line, { name: "g", queues: [entry] });
  assert.deepEqual(["q1", "sales*", "*north", "s*n*h", "sales", "north*", "*x*"].map(matches), [true, true, true, true, false, false, false]);
});

test("agents at work are in the order of who needs a look", () => {
  const agent = (id, status, since) => row(`agent#${id}`, "now", { [`routingStatus.${status}`]: since });
  const gone = row("agent#gone", "now", { "routingStatus.OFF_QUEUE": 1, "systemPresence.OFFLINE": 5 });
  const away = row("agent#away", "now", { "routingStatus.OFF_QUEUE": 1, "systemPresence.BREAK": 5 });
  const computed = { ...away, computed: { status: "OUT_OF_OFFICE", statusSince: "2026-05-12T10:00:00Z" } };
  assert.deepEqual(agentsAtWork([computed]).map(({ status, since }) => [status, since]), [["OUT_OF_OFFICE", Date.parse("2026-05-12T10:00:00Z")]]);
  const list = agentsAtWork([agent("a", "INTERACTING", 1), agent("b", "IDLE", 9), agent("c", "IDLE", 3), agent("d", "NOT_RESPONDING", 9), away, gone]);
  assert.deepEqual(list.map(({ id, status }) => `${id} ${status}`), ["d NOT_RESPONDING", "c IDLE", "b IDLE", "a INTERACTING", "away BREAK"]);
});

test("views take turns, and one with an alert stays until it has none", () => {
  assert.equal(turn(3, 10, 25_000, ["ok", "ok", "ok"]), 2);
  assert.equal(turn(3, 10, 25_000, ["ok", "alert", "ok"]), 1);
  assert.equal(turn(0, 10, 25_000, []), undefined);
  assert.equal(turn(3, 0, 25_000, []), undefined);
});

test("a new build is loaded, and a server that is gone is no new build", async () => {
  const builds = ["1", undefined, "1", "2"];
  const planned = [];
  let reloads = 0;
  const fetch = async () => {
    const build = builds.shift();
    if (!build) throw new Error("gone");
    return { ok: true, json: async () => ({ build }) };
  };
  watchBuild({ fetch, reload: () => reloads++, random: () => 0.5, after: (ms, run) => planned.push([ms, run]) });
  for (let step = 0; step < 5; step++) {
    for (let turn = 0; turn < 6; turn++) await null;
    planned.shift()?.[1]();
  }
  assert.equal(reloads, 1);
  assert.equal(untilTimeOfDay("03:30", new Date(2026, 4, 12, 3, 0)), 30 * 60_000);
  assert.equal(untilTimeOfDay("25:00", new Date()), undefined);
});

/** An OAuth server for one screen. */
function screen() {
  const stored = new Map();
  const state = { approved: false, revoked: false, codes: [], registered: 0, posts: 0 };
  const answer = (status, body) => ({ status, ok: status === 200, json: async () => body, text: async () => "" });
  const fetch = async (url, { body }) => {
    state.posts++;
    const grant = body.get("grant_type");
    if (url === "authorize") return answer(200, { device_code: "d", user_code: "ABCD-EFGH", verification_uri: "https://login.example", interval: 5, expires_in: 600 });
    if (grant === "refresh_token") return state.revoked ? answer(400, { error: "invalid_grant" }) : answer(200, { access_token: "renewed", refresh_token: "r2" });
    return state.approved ? answer(200, { access_token: "first", refresh_token: "r1" }) : answer(400, { error: "authorization_pending" });
  };
  const storage = { getItem: (name) => stored.get(name) ?? null, setItem: (name, value) => stored.set(name, value), removeItem: (name) => stored.delete(name) };
  const sleeps = [];
  const ports = { fetch, storage, sleep: () => new Promise((resolve) => sleeps.push(resolve)), showCode: (code) => state.codes.push(code?.code), registered: () => state.registered++ };
  const getToken = tokenSource({ url: "", device: { authorizationUrl: "authorize", tokenUrl: "token", clientId: "board" } }, ports);
  const poll = async () => {
    sleeps.shift()?.();
    for (let turn = 0; turn < 20; turn++) await null;
  };
  return { state, stored, getToken, poll };
}

test("a screen shows a code until somebody enters it, and renews its token without asking anybody", async () => {
  const { state, stored, getToken, poll } = screen();
  await assert.rejects(getToken());
  await assert.rejects(getToken());
  await poll();
  assert.deepEqual(state.codes, ["ABCD-EFGH"], "one registration at a time");
  state.approved = true;
  await poll();
  assert.equal(state.registered, 1);
  assert.equal(await getToken(), "first");
  assert.equal(await getToken(), "renewed");
  assert.deepEqual([...stored], [["headroom.refresh", "r2"]]);
  state.revoked = true;
  state.approved = false;
  await assert.rejects(getToken());
  for (let turn = 0; turn < 20; turn++) await null;
  assert.equal(stored.size, 0);
  assert.equal(state.codes.at(-1), "ABCD-EFGH", "a screen that was revoked shows a code again");
});
