/**
 * What the board shows at a moment, from the rows of the client and the view.
 *
 * @module
 */
import { type Catalog, type Client, type Query, type Row, type ServiceLevelFormula, type StateEvent, type Sum, sum } from "@headroom/client";
import { type Level, worst } from "./limits.js";
import { commonTarget, type Levels, type Line, Lines, levelsOf, lineLevel, numbersOf, usersIn } from "./lines.js";
import { rowsOf, scopeOf, type Shown } from "./select.js";
import { readView, type View } from "./view.js";

export interface Snapshot {
  readonly now: number;
  /** The time up to which the numbers are right: now, or when the connection went. */
  readonly asOf: number;
  readonly connection: StateEvent;
  readonly catalog: Catalog | undefined;
  readonly lines: readonly Line[];
  /** All lines that the view is about. */
  readonly scope: readonly Shown[];
  /** Those of the table, in order. */
  readonly rows: readonly Shown[];
  readonly sums: Sums;
  readonly agents: readonly Row[];
  readonly budget: readonly Row[];
  readonly refused: ReadonlySet<string>;
  readonly lagMs: number | undefined;
  readonly level: Level;
  /** Those of the other views that take turns, by their place. */
  readonly viewLevels: readonly Level[];
}

/** A group of lines, added up. */
export interface Sums {
  readonly day: Sum;
  readonly now: Sum;
  readonly target: number | undefined;
  readonly onQueue: number | undefined;
  readonly idle: number | undefined;
  /** The longest wait that has begun; of scheduled callbacks only the number is known here. */
  readonly waitingSince: number | undefined;
  readonly isLive: boolean;
  readonly newestAt: number;
}

/** At least so long between two drawings: faster ones cannot be read. */
const FRAME_MS = 200;
/** The messages of a push come one after the other, and are drawn together. */
const GATHER_MS = 40;

export class Board {
  snapshot: Snapshot;
  #view: View;
  #lines = new Lines();
  #levels = new Map<string, Levels>();
  #listeners = new Set<() => void>();
  #queries: { queues: Query; agents: Query; budget: Query };
  #refused = new Set<string>();
  #added: { lines: readonly Line[]; view: View; sums: Omit<Sums, "waitingSince"> } | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #drawnAt = 0;

  constructor(
    readonly client: Client,
    readonly clock: () => number,
    view: View,
    readonly formula: ServiceLevelFormula = {},
  ) {
    this.#view = view;
    const agents = view.agents.length ? view.agents.map((id) => `agent#${id}`) : ["agent#*"];
    this.#queries = {
      queues: client.query({ queues: queuesOf([view, ...view.views.map((address) => readView(address))]) }),
      agents: client.query({ subjects: view.preset === "floor" ? [] : agents, buckets: ["now"] }),
      budget: client.query({ subjects: ["api#budget"] }),
    };
    this.snapshot = this.#make();
  }

  /** Begins to read; ends with the function that it returns. */
  start(): () => void {
    const changed = () => this.#changed();
    const ends = Object.values(this.#queries).map((query) => query.subscribe(changed));
    // Whether the numbers are current is shown at once.
    ends.push(this.client.on("state", () => this.#draw()), this.client.on("catalog", changed));
    ends.push(
      this.client.on("refused", (list) => {
        for (const { subject } of list) this.#refused.add(subject);
        changed();
      }),
    );
    // Waits count up by themselves; whoever drew for a message need not draw again.
    const timer = setInterval(() => Date.now() - this.#drawnAt >= 950 && this.#draw(), 250);
    return () => {
      clearInterval(timer);
      clearTimeout(this.#timer);
      for (const end of ends) end();
    };
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  setView(view: View): void {
    if (view === this.#view) return;
    this.#view = view;
    this.#draw();
  }

  /** Several messages of a moment are drawn once. */
  #changed(): void {
    if (this.#timer !== undefined) return;
    const wait = Math.max(GATHER_MS, this.#drawnAt + FRAME_MS - Date.now());
    this.#timer = setTimeout(() => this.#draw(), wait);
  }

  #draw(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#drawnAt = Date.now();
    this.snapshot = this.#make();
    for (const listener of [...this.#listeners]) listener();
  }

  #make(): Snapshot {
    const now = this.clock();
    const { state, since } = this.client.stateEvent;
    // What is not current does not go on counting: nobody knows whether the longest wait is over.
    const asOf = state === "live" ? now : Math.min(now, since);
    const { queues, agents, budget } = this.#queries;
    const lines = this.#lines.update(queues.rows(), this.client.catalog);
    const shown = lines.map((line) => this.#show(line, asOf));
    const included = new Set(scopeOf(lines, this.#view));
    const scope = shown.filter(({ line }) => included.has(line));
    const viewLevels = this.#view.views.map((address) => {
      const other = new Set(scopeOf(lines, readView(address)));
      return worst(shown.filter(({ line }) => other.has(line)).map(({ level }) => level));
    });
    return {
      now,
      asOf,
      connection: this.client.stateEvent,
      catalog: this.client.catalog,
      lines,
      scope,
      rows: rowsOf(scope, this.#view),
      sums: this.#sumsOf(scope, lines, asOf),
      agents: agents.rows(),
      budget: budget.rows(),
      refused: this.#refused,
      lagMs: this.client.lag,
      level: worst(scope.map(({ level }) => level)),
      viewLevels,
    };
  }

  /** Added up only if a row or the view changed: as time passes, waits alone do. */
  #sumsOf(scope: readonly Shown[], lines: readonly Line[], now: number): Sums {
    if (this.#added?.lines !== lines || this.#added.view !== this.#view) {
      this.#added = { lines, view: this.#view, sums: sumsOf(scope.map(({ line }) => line), this.formula) };
    }
    const waits = scope.map(({ line }) => Date.parse(line.now?.computed.waitingSince ?? "")).filter((time) => time <= now);
    return { ...this.#added.sums, waitingSince: waits.length ? Math.min(...waits) : undefined };
  }

  #show(line: Line, now: number): Shown {
    const numbers = numbersOf(line, now);
    const levels = levelsOf(line, numbers, this.#view.limits, this.#levels.get(line.subject) ?? {});
    // A row that is not current must neither raise an alarm nor clear one.
    const present = line.isLive ? levels : (this.#levels.get(line.subject) ?? levels);
    this.#levels.set(line.subject, present);
    return { line, numbers, levels: present, level: lineLevel(present) };
  }
}

function sumsOf(lines: readonly Line[], formula: ServiceLevelFormula): Omit<Sums, "waitingSince"> {
  const days = lines.map(({ day }) => day).filter((row) => row !== undefined);
  const presents = lines.map((line) => line.now).filter((row) => row !== undefined);
  const staffing = [...new Set(lines.map((line) => line.staffing).filter((row) => row !== undefined))];
  const row = staffing.length === 1 ? staffing[0] : undefined;
  // Times of one form have the order of their texts.
  let newest = "";
  for (const { at } of [...days, ...presents]) if (at > newest) newest = at;
  return {
    day: sum(days, formula),
    now: sum(presents),
    target: commonTarget(lines),
    // An agent is in several queues, so that the numbers of queues do not add up.
    onQueue: row ? usersIn(row, "oOnQueueUsers.") : undefined,
    idle: row ? usersIn(row, "oOnQueueUsers.IDLE") : undefined,
    isLive: lines.every(({ isLive }) => isLive),
    newestAt: newest ? Date.parse(newest) : 0,
  };
}

/** The queues of views that take turns; all of them as soon as one view shows all. */
function queuesOf(views: readonly View[]): readonly string[] | "*" {
  return views.every(({ queues }) => queues.length) ? [...new Set(views.flatMap(({ queues }) => queues))] : "*";
}
