/** The thin entries: React's hooks as React calls them, Svelte's contract, and the element without a browser. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createClient } from "../src/index.js";
import { connectionStore, rowsStore } from "../src/svelte.js";
import { rowOf, socketsIn } from "./socket.js";
import { World } from "./world.js";

function start() {
  const world = new World();
  const net = socketsIn(world);
  return { world, ...net, client: createClient({ ...net.options, getToken: () => "t" }) };
}

test("a store of Svelte calls a subscriber at once, and after each change", async () => {
  const { world, client, last } = start();
  const [lengths, states]: [number[], string[]] = [[], []];
  const end = rowsStore(client, { queues: "*" }).subscribe((rows) => lengths.push(rows.length));
  connectionStore(client).subscribe(({ state }) => states.push(state));
  await world.pass(0);
  last().serve([rowOf("queue#a#voice", "now", 1)]);
  assert.deepEqual([lengths[0], lengths.at(-1)], [0, 1]);
  assert.deepEqual(states, ["connecting", "live"]);
  end();
});

test("the element shows one number, and whether it is current", async () => {
  const elements = new Map<string, any>();
  class FakeElement {
    textContent = "";
    title = "";
    attributes: Record<string, string> = {};
    getAttribute = (name: string) => this.attributes[name] ?? null;
    setAttribute(name: string, value: string) {
      this.attributes[name] = value;
    }
  }
  Object.assign(globalThis, { HTMLElement: FakeElement, customElements: { define: (name: string, type: any) => elements.set(name, type) } });
  const { defineValue } = await import("../src/element.js");
  const { world, client, last } = start();
  defineValue(client);
  const element = new (elements.get("headroom-value"))();
  Object.assign(element.attributes, { queues: "*", media: "voice", bucket: "day", metric: "serviceLevel" });
  element.connectedCallback();
  await world.pass(0);
  const day = (queue: string, answered: number, late: number) => rowOf(`queue#${queue}#voice`, "P1D#2026-05-12", 1, { "tAnswered.count": answered, nOverSla: late });
  last().serve([day("a", 10, 5), day("b", 90, 5)]);
  assert.deepEqual([element.textContent, element.attributes.state], ["90%", "live"]);
  last().drop();
  assert.deepEqual([element.textContent, element.attributes.state], ["90%", "stale"]);
  element.disconnectedCallback();
});
