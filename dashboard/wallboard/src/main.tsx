/** Starts the board: its settings beside it, its view from the address, its token from `getToken`. */
import { createClient } from "@headroom/client";
import "@fontsource-variable/inter/wght.css";
import { render } from "preact";
import { App } from "./app.js";
import { untilTimeOfDay, watchBuild } from "./logic/build.js";
import { type Config, type DeviceCode, tokenSource } from "./logic/token.js";
import { readView } from "./logic/view.js";
import "./style.css";

/*
 * Chromium 156 loses a change of style of an element that `moveBefore`, which Preact uses, moves in the same moment: a row
 * went on looking stale although it was live. Without the function Preact inserts the element anew.
 */
Reflect.deleteProperty(Element.prototype, "moveBefore");

/** Between attempts to read the settings, as long as the server is not there. */
const RETRY_MS = 5000;
const after = (ms: number, run: () => void) => void setTimeout(run, ms);
const sleep = (ms: number) => new Promise<void>((resolve) => after(ms, resolve));

/** The settings, and how far this machine's clock is from the server's: ages must be right on any screen. */
async function readConfig(): Promise<{ config: Config; offsetMs: number }> {
  for (;;) {
    try {
      const response = await fetch("config.json", { cache: "no-store" });
      const serverTime = Date.parse(response.headers.get("date") ?? "");
      const offsetMs = Math.round(serverTime - Date.now());
      const config = (await response.json()) as Config;
      // The server's time is exact to the second.
      return { config, offsetMs: Math.abs(offsetMs) > 2000 ? offsetMs : 0 };
    } catch {
      await sleep(RETRY_MS);
    }
  }
}

async function main(): Promise<void> {
  const { config, offsetMs } = await readConfig();
  const clock = () => Date.now() + offsetMs;
  const startView = readView(location.search);
  let showCode: (code: DeviceCode | undefined) => void = () => {};
  const getToken = tokenSource(config, {
    fetch: (input, init) => fetch(input, init),
    storage: localStorage,
    sleep,
    showCode: (code) => showCode(code),
    registered: () => client.reconnect(),
  });
  const url = new URL(config.url, location.href.replace(/^http/, "ws")).href;
  const client = createClient({ url, getToken, now: clock, waits: startView.preset === "analyst" });
  const onCode = (listener: typeof showCode) => void (showCode = listener);
  render(<App client={client} config={config} clock={clock} startView={startView} onCode={onCode} />, document.getElementById("board")!);
  const reload = () => location.reload();
  watchBuild({ fetch: (input, init) => fetch(input, init), reload, random: Math.random, after });
  const nightly = untilTimeOfDay(startView.reload, new Date());
  if (nightly !== undefined) after(nightly, reload);
}

void main();
