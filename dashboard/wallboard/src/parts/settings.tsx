/** What a person can choose. All of it goes to the address. */
import { useEffect, useRef, useState } from "preact/hooks";
import { LANGUAGES } from "../languages.js";
import { DEFAULT_LIMITS, LIMIT_METRICS, type LimitMetric } from "../logic/limits.js";
import { loadViews, parseViews, type SavedViews, storeViews } from "../logic/saved.js";
import { PRESETS, readView, SOUNDS, THEMES, type View, writeView } from "../logic/view.js";
import { COLUMNS, columnsOf } from "./columns.js";
import { useBoard } from "./context.js";

export function Settings({ close }: { close: () => void }) {
  const { words, view, change, lang } = useBoard();
  return (
    <Dialog title={words.settings} close={close}>
      <fieldset>
        <legend>{words.audience}</legend>
        <Choice name="preset" value={view.preset} values={PRESETS} label={(name) => words[name]} choose={(preset) => change({ preset, columns: [] })} />
      </fieldset>
      <fieldset>
        <legend>{words.theme}</legend>
        <Choice name="theme" value={view.theme} values={THEMES} label={(name) => words[name]} choose={(theme) => change({ theme })} />
      </fieldset>
      <fieldset>
        <legend>{words.language}</legend>
        <Choice name="lang" value={lang} values={Object.keys(LANGUAGES)} label={nameOfLanguage} choose={(lang) => change({ lang })} />
      </fieldset>
      <fieldset>
        <legend>{words.sound}</legend>
        <Choice
          name="sound"
          value={view.sound}
          values={SOUNDS}
          label={(name) => ({ off: words.soundOff, once: words.soundOnce, repeat: words.soundRepeat })[name]}
          choose={(sound) => change({ sound })}
        />
      </fieldset>
      <Columns />
      <LimitFields />
      <Views />
      <fieldset>
        <legend>{words.showAll}</legend>
        <label>
          <input type="checkbox" checked={view.all} onChange={(event) => change({ all: event.currentTarget.checked })} />
          {words.showAll}
        </label>
      </fieldset>
    </Dialog>
  );
}

/** The browser's own dialog: it keeps the focus, and Escape closes it. */
export function Dialog({ title, close, children }: { title: string; close: () => void; children: preact.ComponentChildren }) {
  const { words } = useBoard();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} onClose={close} aria-labelledby="dialog-title">
      <header>
        <h2 id="dialog-title">{title}</h2>
        <button type="button" class="plain" onClick={() => dialog.current?.close()}>
          {words.close}
        </button>
      </header>
      <div class="body">{children}</div>
    </dialog>
  );
}

interface ChoiceProps<T extends string> {
  name: string;
  value: T;
  values: readonly T[];
  label: (value: T) => string;
  choose: (value: T) => void;
}

function Choice<T extends string>({ name, value, values, label, choose }: ChoiceProps<T>) {
  return (
    <div class="choice">
      {values.map((option) => (
        <label key={option}>
          <input type="radio" name={name} checked={option === value} onChange={() => choose(option)} />
          <span>{label(option)}</span>
        </label>
      ))}
    </div>
  );
}

function nameOfLanguage(tag: string): string {
  return new Intl.DisplayNames([tag], { type: "language" }).of(tag) ?? tag;
}

function Columns() {
  const { words, view, change, snapshot } = useBoard();
  const shown = columnsOf(view, snapshot.scope).map(({ name }) => name);
  const toggle = (name: string, isShown: boolean) =>
    change({ columns: COLUMNS.map((column) => column.name).filter((other) => (other === name ? isShown : shown.includes(other))) });
  return (
    <fieldset>
      <legend>{words.columns}</legend>
      <div class="choice">
        {COLUMNS.map(({ name, label }) => (
          <label key={name}>
            <input type="checkbox" checked={shown.includes(name)} onChange={(event) => toggle(name, event.currentTarget.checked)} />
            <span>{words[label]}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

const UNITS: Record<LimitMetric, number> = { serviceLevel: 0.01, abandonRate: 0.01, waiting: 1, longestWaitMs: 1000, asaMs: 1000 };
const UNIT_NAMES: Record<LimitMetric, string> = { serviceLevel: "%", abandonRate: "%", waiting: "", longestWaitMs: "s", asaMs: "s" };

function LimitFields() {
  const { words, view, change } = useBoard();
  const names: Record<LimitMetric, string> = { serviceLevel: words.serviceLevel, waiting: words.waiting, longestWaitMs: words.longestWait, abandonRate: words.abandonRate, asaMs: words.asa };
  const set = (metric: LimitMetric, level: "warning" | "alert", end: "raise" | "clear", text: string) => {
    const before = view.limits[metric] ?? DEFAULT_LIMITS[metric] ?? { warning: { raise: 0, clear: 0 }, alert: { raise: 0, clear: 0 } };
    const value = Number(text) * UNITS[metric];
    if (!Number.isFinite(value)) return;
    change({ limits: { ...view.limits, [metric]: { ...before, [level]: { ...before[level], [end]: value } } } });
  };
  return (
    <fieldset>
      <legend>{words.limits}</legend>
      {LIMIT_METRICS.filter((metric) => view.limits[metric]).map((metric) => (
        <div class="limit" key={metric}>
          <span class="label">{`${names[metric]} ${UNIT_NAMES[metric]}`}</span>
          {(["warning", "alert"] as const).map((level) =>
            (["raise", "clear"] as const).map((end) => (
              <label key={level + end}>
                <span>{`${words[level]} ${end === "raise" ? words.limitRaise : words.limitClear}`}</span>
                <input
                  type="number"
                  step="any"
                  value={String(Math.round((view.limits[metric]![level][end] / UNITS[metric]) * 100) / 100)}
                  onChange={(event) => set(metric, level, end, event.currentTarget.value)}
                />
              </label>
            )),
          )}
        </div>
      ))}
    </fieldset>
  );
}

function Views() {
  const { words, view, change } = useBoard();
  const [views, setViews] = useState<SavedViews>(() => loadViews(localStorage));
  const [name, setName] = useState("");
  const [isCopied, setCopied] = useState(false);
  const keep = (next: SavedViews) => {
    setViews(next);
    storeViews(localStorage, next);
  };
  const save = () => name && keep({ ...views, [name]: writeView({ ...view, title: name, rotate: 0, views: [] }) });
  const remove = (gone: string) => keep(Object.fromEntries(Object.entries(views).filter(([other]) => other !== gone)));
  const isIn = (address: string) => view.views.includes(address);
  const toggle = (address: string) => change({ views: isIn(address) ? view.views.filter((other) => other !== address) : [...view.views, address] });
  const copy = () => navigator.clipboard.writeText(location.href).then(() => setCopied(true), () => setCopied(false));
  return (
    <fieldset>
      <legend>{words.views}</legend>
      <div class="choice">
        <label>
          <span>{words.viewName}</span>
          <input value={name} maxLength={60} onInput={(event) => setName(event.currentTarget.value)} />
        </label>
        <button type="button" onClick={save} disabled={!name}>
          {words.viewSave}
        </button>
        <button type="button" onClick={copy}>
          {isCopied ? words.copied : words.copyLink}
        </button>
        <button type="button" onClick={() => download(JSON.stringify(views, null, 2))} disabled={!Object.keys(views).length}>
          {words.viewExport}
        </button>
        <label class="file">
          <span>{words.viewImport}</span>
          <input type="file" accept="application/json" onChange={(event) => readFile(event.currentTarget, (text) => keep({ ...views, ...parseViews(text) }))} />
        </label>
      </div>
      <ul class="views">
        {Object.entries(views).map(([saved, address]) => (
          <li key={saved}>
            <button type="button" class="plain" onClick={() => change(withoutTurns(readView(address)))}>
              {saved}
            </button>
            <label>
              <input type="checkbox" checked={isIn(address)} onChange={() => toggle(address)} />
              {words.viewRotate}
            </label>
            <button type="button" onClick={() => remove(saved)}>
              {words.viewDelete}
            </button>
          </li>
        ))}
      </ul>
      <label>
        <span>{words.rotateSeconds}</span>
        <input type="number" min="0" max="3600" value={view.rotate} onChange={(event) => change({ rotate: Number(event.currentTarget.value) || 0 })} />
      </label>
    </fieldset>
  );
}

/** A saved view does not change which views take turns. */
function withoutTurns({ rotate: _rotate, views: _views, ...view }: View): Partial<View> {
  return view;
}

function download(text: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  link.download = "headroom-views.json";
  link.click();
  URL.revokeObjectURL(link.href);
}

const FILE_BYTES_MAX = 1_000_000;

function readFile(input: HTMLInputElement, take: (text: string) => void): void {
  const file = input.files?.[0];
  if (file && file.size <= FILE_BYTES_MAX) file.text().then(take, () => {});
  input.value = "";
}
