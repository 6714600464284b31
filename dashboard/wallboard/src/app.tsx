/** The board: its parts, its keys, and the views that take turns. */
import type { Client } from "@headroom/client";
import { useEffect, useMemo, useReducer, useRef, useState } from "preact/hooks";
import { fill, LANGUAGES, languageOf } from "./languages.js";
import { Board } from "./logic/board.js";
import { formats } from "./logic/format.js";
import { History } from "./logic/history.js";
import { turn } from "./logic/rotation.js";
import { Alarm } from "./logic/sound.js";
import type { Config, DeviceCode } from "./logic/token.js";
import { readView, type View, writeView } from "./logic/view.js";
import { Agents } from "./parts/agents.js";
import { Budget } from "./parts/budget.js";
import { BoardProvider } from "./parts/context.js";
import { Header } from "./parts/header.js";
import { Help } from "./parts/help.js";
import { Register } from "./parts/register.js";
import { Settings } from "./parts/settings.js";
import { Band } from "./parts/status.js";
import { Table } from "./parts/table.js";
import { Tiles } from "./parts/tiles.js";
import { Trend } from "./parts/trend.js";

export interface AppProps {
  readonly client: Client;
  readonly config: Config;
  readonly clock: () => number;
  readonly startView: View;
  /** Tells of codes to register this screen with. */
  readonly onCode: (listener: (code: DeviceCode | undefined) => void) => void;
}

export function App({ client, config, clock, startView, onCode }: AppProps) {
  const [base, setBase] = useState(startView);
  const [code, setCode] = useState<DeviceCode | undefined>();
  useEffect(() => onCode(setCode), []);
  const board = useBoardOf(client, config, clock, base);
  const history = useMemo(() => new History(client, config.serviceLevelFormula), [client]);
  const { view, isPaused, togglePause } = useRotation(base, board);
  const snapshot = useSnapshot(board, view);
  const [dialog, setDialog] = useState<"" | "settings" | "help">("");
  const change = (part: Partial<View>) => setBase((before) => ({ ...before, ...part }));
  const lang = languageOf(view.lang, navigator.languages);
  const words = LANGUAGES[lang]!;
  const sound = useAlarm(snapshot.level, view, snapshot.now);
  useEffect(() => window.history.replaceState(null, "", `?${writeView(base)}`), [base]);
  useEffect(() => {
    Object.assign(document.documentElement.dataset, { theme: view.theme, tv: String(view.tv) });
    document.documentElement.lang = lang;
    document.title = view.title || words.title;
  }, [view.theme, view.tv, lang, view.title]);
  useKeys({ change, view, togglePause, toggleSound: sound.toggle, openHelp: () => setDialog("help") });
  const context = { client, history, snapshot, words, lang, formats: useMemo(() => formats(localeOf(lang)), [lang]), view, change };
  if (code) return <Register code={code} words={words} />;
  return (
    <BoardProvider value={context}>
      <div class="board" data-preset={view.preset} data-state={snapshot.connection.state}>
        <Header sound={sound} isPaused={isPaused} openSettings={() => setDialog("settings")} openHelp={() => setDialog("help")} />
        <Band />
        <main>
          <Tiles />
          <Table />
          {!view.tv && view.preset !== "floor" && (
            <aside>
              <Trend />
              <Agents />
              {view.preset === "analyst" && <Budget />}
            </aside>
          )}
        </main>
        <p class="hidden" aria-live="polite">
          {snapshot.level === "ok" ? "" : fill("{0}: {1}", words[snapshot.level], words.queues)}
        </p>
      </div>
      {dialog === "settings" && <Settings close={() => setDialog("")} />}
      {dialog === "help" && <Help close={() => setDialog("")} />}
    </BoardProvider>
  );
}

/** The browser's own locale of a language: en-GB writes 14:30, en-US 2:30 PM. */
function localeOf(lang: string): string {
  return navigator.languages.find((tag) => tag.toLowerCase().startsWith(lang)) ?? lang;
}

/** The board of the queues that the view is about; it is made anew if those are others. */
function useBoardOf(client: Client, config: Config, clock: () => number, view: View): Board {
  const key = JSON.stringify([view.queues, view.agents, view.preset === "floor", view.views]);
  const board = useMemo(() => new Board(client, clock, view, config.serviceLevelFormula), [key]);
  useEffect(() => board.start(), [board]);
  return board;
}

function useSnapshot(board: Board, view: View) {
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  useEffect(() => board.subscribe(() => redraw(0)), [board]);
  useEffect(() => board.setView(view), [board, view]);
  return board.snapshot;
}

/** The view that is shown: the one that was chosen, or one of those that take turns. */
function useRotation(base: View, board: Board) {
  const started = useRef(Date.now());
  const [pausedAt, setPausedAt] = useState<number | undefined>();
  const elapsed = (pausedAt ?? Date.now()) - started.current;
  const index = turn(base.views.length, base.rotate, elapsed, board.snapshot.viewLevels);
  const address = index === undefined ? undefined : base.views[index];
  const view = useMemo(() => {
    if (address === undefined) return base;
    const { tv, theme, lang, sound, limits, rotate, views } = base;
    return { ...readView(address), tv, theme, lang, sound, limits, rotate, views };
  }, [address, base]);
  const togglePause = () => {
    if (pausedAt !== undefined) started.current += Date.now() - pausedAt;
    setPausedAt(pausedAt === undefined ? Date.now() : undefined);
  };
  return { view, isPaused: pausedAt !== undefined && base.rotate > 0, togglePause };
}

function useAlarm(level: "ok" | "warning" | "alert", view: View, now: number) {
  const alarm = useMemo(() => new Alarm(), []);
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  useEffect(() => alarm.update(level, view.sound, now), [level, view.sound, now]);
  const toggle = () => {
    if (alarm.isAllowed) alarm.isMuted = !alarm.isMuted;
    else void alarm.allow().then(() => redraw(0));
    redraw(0);
  };
  return { isMuted: alarm.isMuted, isAllowed: alarm.isAllowed, toggle };
}

interface Keys {
  view: View;
  change: (part: Partial<View>) => void;
  togglePause: () => void;
  toggleSound: () => void;
  openHelp: () => void;
}

function useKeys({ view, change, togglePause, toggleSound, openHelp }: Keys): void {
  useEffect(() => {
    const actions: Record<string, () => void> = {
      "/": () => document.getElementById("search")?.focus(),
      f: () => change({ problems: !view.problems }),
      t: () => change({ tv: !view.tv }),
      Escape: () => view.tv && change({ tv: false }),
      m: toggleSound,
      " ": togglePause,
      "?": openHelp,
    };
    const onKey = (event: KeyboardEvent) => {
      const target = event.target as Element;
      const isTyping = target.closest("input, select, textarea, button, summary, dialog") !== null;
      const action = actions[event.key];
      if (!action || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      action();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  });
}
