/** The columns of the queue table. */
import { duration, NONE } from "../logic/format.js";
import type { LimitMetric } from "../logic/limits.js";
import type { Shown } from "../logic/select.js";
import type { Preset, View } from "../logic/view.js";
import type { Words } from "../languages.js";
import type { BoardContext } from "./context.js";
import { Spark } from "./spark.js";

export interface Column {
  readonly name: string;
  readonly label: keyof Words;
  /** A track of the grid. */
  readonly width: string;
  readonly limit?: LimitMetric;
  readonly text?: (shown: Shown, context: BoardContext) => string;
  readonly draw?: (shown: Shown, context: BoardContext) => preact.ComponentChild;
  readonly sortable?: boolean;
}

/* In rem: the head has smaller letters than the rows, and the same tracks. */
const narrow = "minmax(3.6rem, .7fr)";
const middle = "minmax(4.4rem, .8fr)";
const wide = "minmax(5.3rem, .8fr)";

export const COLUMNS: readonly Column[] = [
  { name: "serviceLevel", label: "serviceLevel", width: "minmax(8.2rem, 1.1fr)", limit: "serviceLevel", draw: (shown, context) => <Share shown={shown} context={context} /> },
  { name: "waiting", label: "waiting", width: narrow, limit: "waiting", text: ({ numbers }, { formats }) => formats.count(numbers.waiting) },
  { name: "longestWaitMs", label: "longestWait", width: middle, limit: "longestWaitMs", text: ({ numbers }) => duration(numbers.longestWaitMs) },
  { name: "callbackAt", label: "callbackAt", width: middle, text: ({ numbers }, { formats }) => (numbers.callbackAt ? formats.clock(numbers.callbackAt) : NONE) },
  { name: "offered", label: "offered", width: middle, text: ({ numbers }, { formats }) => formats.count(numbers.offered) },
  { name: "answered", label: "answered", width: wide, text: ({ numbers }, { formats }) => formats.count(numbers.answered) },
  { name: "abandonRate", label: "abandoned", width: wide, limit: "abandonRate", text: ({ numbers }, { formats }) => formats.share(numbers.abandonRate) },
  { name: "asaMs", label: "asaShort", width: narrow, limit: "asaMs", text: ({ numbers }) => duration(numbers.asaMs) },
  { name: "ahtMs", label: "ahtShort", width: narrow, text: ({ numbers }) => duration(numbers.ahtMs) },
  { name: "interacting", label: "interacting", width: wide, text: ({ numbers }, { formats }) => formats.count(numbers.interacting) },
  { name: "onQueue", label: "onQueue", width: narrow, text: ({ numbers }, { formats }) => formats.count(numbers.onQueue) },
  { name: "idle", label: "idle", width: narrow, text: ({ numbers }, { formats }) => formats.count(numbers.idle) },
  { name: "longestIdleMs", label: "longestIdle", width: middle, text: ({ numbers }) => duration(numbers.longestIdleMs) },
  { name: "trend", label: "trend", width: "minmax(4.5rem, .9fr)", sortable: false, draw: ({ line }) => <Spark values={line.intervals.map((row) => row.computed.serviceLevel)} target={line.target} /> },
];

const OF_PRESET: Record<Preset, readonly string[]> = {
  floor: ["serviceLevel", "waiting", "longestWaitMs", "answered"],
  supervisor: ["serviceLevel", "waiting", "longestWaitMs", "callbackAt", "answered", "abandonRate", "asaMs", "interacting", "onQueue", "longestIdleMs"],
  analyst: ["serviceLevel", "waiting", "longestWaitMs", "callbackAt", "offered", "answered", "abandonRate", "asaMs", "ahtMs", "interacting", "onQueue", "longestIdleMs", "trend"],
};

/** Those that the view names, or those of its preset; staffing and callbacks only where there are any. */
export function columnsOf(view: View, scope: readonly Shown[]): readonly Column[] {
  const names = view.columns.length ? view.columns : OF_PRESET[view.preset];
  const selection = COLUMNS.filter(({ name }) => names.includes(name));
  if (view.columns.length) return selection;
  const hasStaffing = scope.some(({ line }) => line.staffing);
  const hasCallbacks = scope.some(({ numbers }) => numbers.callbackAt);
  const isUseful = (name: string) => (["onQueue", "idle", "longestIdleMs"].includes(name) ? hasStaffing : name !== "callbackAt" || hasCallbacks);
  return selection.filter(({ name }) => isUseful(name));
}

/** The service level as a number, and as a bar with the target on it. */
function Share({ shown, context }: { shown: Shown; context: BoardContext }) {
  const value = shown.numbers.serviceLevel;
  const target = shown.line.target;
  return (
    <span class="share">
      <span class="number">{context.formats.share(value)}</span>
      <svg class="bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
        <rect class="track" width="100" height="6" />
        {value !== undefined && <rect class="fill" width={100 * value} height="6" />}
        {target !== undefined && <rect class="goal" x={100 * target - 0.75} width="1.5" height="6" />}
      </svg>
    </span>
  );
}
