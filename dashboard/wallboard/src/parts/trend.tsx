/** The day by intervals: service level with its target, and what was offered. */
import { useEffect, useMemo, useReducer, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { fill } from "../languages.js";
import type { Point } from "../logic/history.js";
import { commonTarget } from "../logic/lines.js";
import { useBoard } from "./context.js";

export function Trend() {
  const { snapshot, history, view, words, formats } = useBoard();
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const lines = snapshot.scope.map(({ line }) => line);
  const selected = lines.filter(({ subject }) => subject === view.queue);
  const scope = selected.length ? selected : lines;
  useEffect(() => history.request(scope, snapshot.now, () => redraw(0)));
  const points = history.points(scope, snapshot.now);
  const name = selected[0]?.name ?? "";
  const target = commonTarget(scope) ?? view.limits.serviceLevel?.warning.raise;
  const text = (point: Point) => fill(words.daySummary, formats.clock(point.start), formats.share(point.serviceLevel), formats.count(point.offered));
  const last = points.at(-1);
  return (
    <section class="panel trend" aria-label={words.day}>
      <header>
        <h2>{selected.length ? fill(words.dayOf, name) : words.day}</h2>
        <p class="summary">{last ? text(last) : ""}</p>
      </header>
      {points.length > 1 ? <Chart points={points} target={target} /> : <p class="empty">{last ? words.dayYoung : words.dayNone}</p>}
      <details class="numbers">
        <summary>{words.table}</summary>
        <table>
          <thead>
            <tr>
              {[words.interval, words.serviceLevel, words.offered, words.abandoned].map((word) => (
                <th key={word} scope="col">
                  {word}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {points.map((point) => (
              <tr key={point.start}>
                <th scope="row">{formats.clock(point.start)}</th>
                <td>{formats.share(point.serviceLevel)}</td>
                <td>{formats.count(point.offered)}</td>
                <td>{formats.count(point.abandoned)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </section>
  );
}

/** uPlot draws on a canvas; the same numbers stand in the table below it. */
function Chart({ points, target }: { points: readonly Point[]; target: number | undefined }) {
  const { words, view, formats, lang } = useBoard();
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const key = JSON.stringify(points);
  const data = useMemo<uPlot.AlignedData>(
    () => [
      points.map(({ start }) => start / 1000),
      points.map(({ offered }) => offered),
      points.map(({ serviceLevel }) => (serviceLevel === undefined ? null : 100 * serviceLevel)),
      points.map(() => (target === undefined ? null : 100 * target)),
    ],
    [key, target],
  );
  useEffect(() => {
    const element = box.current!;
    const size = () => ({ width: Math.max(200, element.clientWidth), height: Math.max(120, element.clientHeight) });
    const made = new uPlot(options(getComputedStyle(element), words, lang, formats.clock, size()), data, element);
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize(size()));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = undefined;
    };
  }, [view.theme, view.tv, lang]);
  useEffect(() => plot.current?.setData(data), [data]);
  return <div class="chart" ref={box} aria-hidden="true" />;
}

/** Room for the halves of the first and the last bar. */
function halfInterval(plot: uPlot): number {
  const [first = 0, second = first + 1800] = plot.data[0] as number[];
  return (second - first) / 2;
}

function options(
  style: CSSStyleDeclaration,
  words: { offered: string; serviceLevel: string; target: string },
  lang: string,
  clock: (time: number) => string,
  size: { width: number; height: number },
): uPlot.Options {
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const font = `500 ${Math.round(Number.parseFloat(style.fontSize) * 0.85)}px ${style.fontFamily}`;
  const axis = { stroke: colour("--muted"), font, grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false } };
  const bars = uPlot.paths.bars!({ size: [0.62, 48], radius: 0.18 });
  const percent = new Intl.NumberFormat(lang, { style: "percent" });
  return {
    ...size,
    padding: [10, 4, 0, 4],
    cursor: { show: false },
    legend: { show: false },
    scales: { x: { time: true, range: (plot, min, max) => [min - halfInterval(plot), max + halfInterval(plot)] }, y: { range: (_, __, max) => [0, Math.max(4, max * 1.6)] }, share: { range: [0, 104] } },
    axes: [
      { ...axis, grid: { show: false }, space: 64, values: (_, ticks) => ticks.map((tick) => clock(tick * 1000)) },
      { ...axis, scale: "share", size: 52, values: (_, ticks) => ticks.map((tick) => percent.format(tick / 100)) },
      { ...axis, scale: "y", side: 1, size: 44, space: 44, grid: { show: false } },
    ],
    series: [
      {},
      { label: words.offered, scale: "y", paths: bars, fill: colour("--bar"), stroke: "transparent", points: { show: false } },
      { label: words.serviceLevel, scale: "share", stroke: colour("--accent"), width: 2.5, points: { show: false }, spanGaps: true },
      { label: words.target, scale: "share", stroke: colour("--warning"), width: 1.5, dash: [6, 5], points: { show: false } },
    ],
  };
}
