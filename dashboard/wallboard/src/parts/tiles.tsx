/** The few numbers that matter, each with its target or limit and how fresh it is. */
import type { ComponentChildren } from "preact";
import { fill } from "../languages.js";
import { byInterval, total } from "../logic/lines.js";
import { duration, NONE } from "../logic/format.js";
import { LEAST_CALLS, type Level, levelOf, type LimitMetric, limitsFor } from "../logic/limits.js";
import type { Preset } from "../logic/view.js";
import { useMemo, useRef } from "preact/hooks";
import type { Row } from "@headroom/client";
import { useBoard } from "./context.js";
import { Mark } from "./mark.js";
import { Spark } from "./spark.js";

const TILES: Record<Preset, readonly string[]> = {
  floor: ["serviceLevel", "waiting", "longestWait", "answered"],
  supervisor: ["serviceLevel", "waiting", "longestWait", "answered", "abandonRate", "onQueue"],
  analyst: ["serviceLevel", "waiting", "longestWait", "answered", "abandonRate", "asa", "byEvents"],
};

interface Tile {
  readonly name: string;
  readonly label: string;
  readonly value: string;
  readonly hint?: string | undefined;
  readonly level?: Level;
  readonly spark?: ComponentChildren;
}

export function Tiles() {
  const { view } = useBoard();
  const tiles = useTiles().filter(({ value, name }) => !(name === "onQueue" && value === NONE));
  const order = TILES[view.preset];
  const selection = order.map((name) => tiles.find((tile) => tile.name === name)).filter((tile) => tile !== undefined);
  return (
    <section class="tiles" data-count={selection.length}>
      {selection.map((tile) => (
        <TileBox key={tile.name} tile={tile} />
      ))}
    </section>
  );
}

function TileBox({ tile }: { tile: Tile }) {
  const { snapshot, words, formats } = useBoard();
  const { isLive, newestAt } = snapshot.sums;
  const isCurrent = isLive && snapshot.connection.state === "live";
  const level = tile.level ?? "ok";
  return (
    <article class="tile" data-level={level} data-live={isCurrent} data-name={tile.name}>
      <header>
        <h2>{tile.label}</h2>
        {isCurrent ? level !== "ok" && <Mark sign={level} words={words} /> : <Mark sign="stale" words={words} />}
      </header>
      <p class="value">{tile.value}</p>
      <p class="foot">
        <span class="hint">{tile.hint}</span>
        <span class="age">{newestAt ? formats.ago(snapshot.now - newestAt) : NONE}</span>
      </p>
      {tile.spark}
    </article>
  );
}

function useTiles(): readonly Tile[] {
  const { snapshot, words, formats, view } = useBoard();
  const { sums, scope, asOf } = snapshot;
  const { metrics, computed } = sums.day;
  const level = useLevels();
  const trend = useMemo(() => {
    const intervals = byInterval(scope.map(({ line }) => line));
    return { serviceLevel: intervals.map(serviceLevel), answered: intervals.map((rows) => total(rows, "tAnswered.count")) };
  }, [snapshot.lines, view]);
  const waits = sums.now.metrics.oWaiting ?? 0;
  const longestWaitMs = sums.waitingSince === undefined ? undefined : asOf - sums.waitingSince;
  const callbacks = scope.filter(({ numbers }) => numbers.callbackAt !== undefined).length;
  const offered = metrics.nOffered ?? 0;
  const enough = offered >= LEAST_CALLS;
  const target = sums.target ?? view.limits.serviceLevel?.warning.raise;
  const bookings = Object.entries(metrics).reduce((total, [name, value]) => total + (/^[no]|\.count$/.test(name) ? value : 0), 0);
  return [
    {
      name: "serviceLevel",
      label: words.serviceLevel,
      value: formats.percent(computed.serviceLevel),
      hint: target === undefined ? words.today : fill(words.target, formats.percent(target)),
      level: level("serviceLevel", enough ? computed.serviceLevel : undefined),
      spark: <Spark values={trend.serviceLevel} target={target} />,
    },
    { name: "waiting", label: words.waiting, value: formats.count(waits), hint: callbacks ? fill(words.callbacks, formats.count(callbacks)) : words.now, level: level("waiting", undefined) },
    { name: "longestWait", label: words.longestWait, value: duration(longestWaitMs ?? (scope.length ? 0 : undefined)), hint: limitHint("longestWaitMs"), level: level("longestWaitMs", longestWaitMs) },
    {
      name: "answered",
      label: words.answered,
      value: formats.count(metrics["tAnswered.count"] ?? 0),
      hint: fill(words.ofOffered, formats.share(computed.answerRate), formats.count(offered)),
      spark: <Spark values={trend.answered} />,
    },
    { name: "abandonRate", label: words.abandoned, value: formats.share(computed.abandonRate), hint: fill(words.ofOffered, formats.count(metrics["tAbandon.count"] ?? 0), formats.count(offered)), level: level("abandonRate", enough ? computed.abandonRate : undefined) },
    { name: "asa", label: words.asa, value: duration(computed.asaMs), hint: computed.waitP90Ms === undefined ? words.today : `${words.p90} ${duration(computed.waitP90Ms)}` },
    { name: "onQueue", label: words.onQueue, value: sums.onQueue === undefined ? NONE : formats.count(sums.onQueue), hint: `${formats.count(sums.idle)} ${words.idle}` },
    { name: "byEvents", label: words.byEvents, value: bookings ? formats.share(1 - (metrics.repaired ?? 0) / bookings) : NONE, hint: words.byEventsHint },
  ];

  function limitHint(metric: LimitMetric): string {
    const raise = view.limits[metric]?.warning.raise;
    return raise === undefined ? words.now : fill(words.target, `≤ ${duration(raise)}`);
  }
}

/** Of an interval, as far as the small line goes: answered in time, of answered and abandoned. */
function serviceLevel(rows: readonly Row[]): number | undefined {
  const answered = total(rows, "tAnswered.count");
  const ends = answered + total(rows, "tAbandon.count");
  return ends ? (answered - total(rows, "nOverSla")) / ends : undefined;
}

/** The levels of the whole, with the memory that clear limits need. */
function useLevels(): (metric: LimitMetric, value: number | undefined) => Level {
  const { snapshot, view } = useBoard();
  const before = useRef<Partial<Record<LimitMetric, Level>>>({});
  const limits = limitsFor(view.limits, snapshot.sums.target);
  return (metric, value) => {
    if (!snapshot.sums.isLive) return before.current[metric] ?? "ok";
    const level = levelOf(metric, value, limits[metric], before.current[metric] ?? "ok");
    before.current[metric] = level;
    return level;
  };
}
