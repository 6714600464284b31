/**
 * A view: everything that a person chose, and all of it is in the address. A token never is.
 *
 * @module
 */
import { DEFAULT_LIMITS, type Limits, readLimits, writeLimits } from "./limits.js";

export const PRESETS = ["floor", "supervisor", "analyst"] as const;
export type Preset = (typeof PRESETS)[number];
export const THEMES = ["auto", "dark", "light", "contrast"] as const;
export type Theme = (typeof THEMES)[number];
export const SOUNDS = ["off", "once", "repeat"] as const;
export type Sound = (typeof SOUNDS)[number];

/** A group of queues: by id, or by name with `*`. */
export interface Group {
  readonly name: string;
  readonly queues: readonly string[];
}

export interface View {
  readonly title: string;
  readonly preset: Preset;
  readonly theme: Theme;
  /** Language of the interface; that of the browser if empty. */
  readonly lang: string;
  /** For a screen on the wall: no controls, large text. */
  readonly tv: boolean;
  /** Only these queues; all that the token allows if empty. */
  readonly queues: readonly string[];
  readonly media: string;
  readonly groups: readonly Group[];
  readonly group: string;
  readonly search: string;
  readonly problems: boolean;
  readonly pins: readonly string[];
  readonly columns: readonly string[];
  readonly sort: string;
  readonly descending: boolean;
  /** The subject of the queue whose day is shown. */
  readonly queue: string;
  readonly limits: Limits;
  readonly sound: Sound;
  /** Seconds for each of `views`, which take turns; 0: none. */
  readonly rotate: number;
  /** Addresses of the views that take turns, without `rotate` and `views`. */
  readonly views: readonly string[];
  /** Ids of agents, if the server does not list them. */
  readonly agents: readonly string[];
  /** The local time of a nightly reload, `03:30`; none if empty. */
  readonly reload: string;
  /** All rows as elements of the page, for screen readers. */
  readonly all: boolean;
}

export const DEFAULT_VIEW: View = {
  title: "",
  preset: "supervisor",
  theme: "auto",
  lang: "",
  tv: false,
  queues: [],
  media: "",
  groups: [],
  group: "",
  search: "",
  problems: false,
  pins: [],
  columns: [],
  sort: "level",
  descending: true,
  queue: "",
  limits: DEFAULT_LIMITS,
  sound: "off",
  rotate: 0,
  views: [],
  agents: [],
  reload: "",
  all: false,
};

/** Longest text of one parameter, and most entries of a list. */
const TEXT_MAX = 2000;
const LIST_MAX = 500;

/** The view of an address; what it does not name is as in `base`. */
export function readView(address: string, base: View = DEFAULT_VIEW): View {
  const query = new URLSearchParams(address);
  const view: Record<string, unknown> = { ...base };
  for (const [name, fallback] of Object.entries(DEFAULT_VIEW)) {
    const values = query.getAll(name).map((text) => text.slice(0, TEXT_MAX));
    if (values.length) view[name] = readValue(name, values, fallback);
  }
  return view as unknown as View;
}

function readValue(name: string, values: readonly string[], fallback: unknown): unknown {
  const [text = ""] = values;
  const choices: Record<string, readonly string[]> = { preset: PRESETS, theme: THEMES, sound: SOUNDS };
  if (name === "limits") return readLimits(text);
  if (name === "groups") return values.slice(0, LIST_MAX).map(readGroup).filter(({ name }) => name);
  if (name === "views") return values.slice(0, LIST_MAX).filter((value) => value);
  if (choices[name]) return choices[name].includes(text) ? text : fallback;
  if (typeof fallback === "boolean") return text === "1";
  if (typeof fallback === "number") return Math.min(86_400, Math.max(0, Number(text) || 0));
  if (Array.isArray(fallback)) return text.split(",").filter((entry) => entry).slice(0, LIST_MAX);
  return text;
}

/** `Sales:<queueId>,sales*` */
function readGroup(text: string): Group {
  const [name = "", list = ""] = text.split(/:(.*)/s);
  return { name, queues: list.split(",").filter((entry) => entry).slice(0, LIST_MAX) };
}

/** The address of a view: what is as by default is left out. */
export function writeView(view: View): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(view)) {
    const fallback = DEFAULT_VIEW[name as keyof View];
    if (JSON.stringify(value) === JSON.stringify(fallback)) continue;
    for (const text of writeValue(name, value)) query.append(name, text);
  }
  return query.toString();
}

function writeValue(name: string, value: unknown): readonly string[] {
  if (name === "limits") return [writeLimits(value as Limits)];
  if (name === "groups") return (value as Group[]).map(({ name, queues }) => `${name}:${queues.join(",")}`);
  if (name === "views") return value as string[];
  if (Array.isArray(value)) return [value.join(",")];
  return [typeof value === "boolean" ? (value ? "1" : "0") : String(value)];
}
