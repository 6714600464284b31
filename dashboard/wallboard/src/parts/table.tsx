/** The queues: rows of a fixed height, of which only those in sight are elements of the page. */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { fill } from "../languages.js";
import type { Shown } from "../logic/select.js";
import { type Column, columnsOf } from "./columns.js";
import { type BoardContext, useBoard } from "./context.js";
import { Mark } from "./mark.js";

/** Rows above and below those in sight, so that scrolling shows no gap. */
const SPARE_ROWS = 4;
/** In TV mode nobody scrolls: what does not fit comes on the next page, after so many milliseconds. */
const PAGE_MS = 12_000;

export function Table() {
  const context = useBoard();
  const { view, snapshot, words } = context;
  const columns = columnsOf(view, snapshot.scope);
  const frame = useRef<HTMLDivElement>(null);
  const { height, rowHeight, top, onScroll } = useSize(frame, view.tv);
  const [active, setActive] = useState("");
  const { rows } = snapshot;
  const fits = Math.max(1, Math.floor(height / rowHeight));
  const page = view.tv ? Math.floor(snapshot.now / PAGE_MS) % Math.max(1, Math.ceil(rows.length / fits)) : 0;
  const first = view.tv ? page * fits : view.all ? 0 : Math.max(0, Math.floor(top / rowHeight) - SPARE_ROWS);
  const count = view.tv ? fits : view.all ? rows.length : fits + 2 * SPARE_ROWS + 1;
  const visible = rows.slice(first, first + count);
  const slots = useSlots(visible);
  const activeIndex = Math.max(0, rows.findIndex(({ line }) => line.subject === active));
  const template = `minmax(9.5rem, 2.4fr) ${columns.map(({ width }) => width).join(" ")} ${view.tv ? "11.5rem" : "8.6rem"}`;
  return (
    <section class="queues" aria-label={words.queues}>
      <div class="table" role="grid" aria-label={words.queues} aria-rowcount={rows.length + 1} style={{ "--columns": template }}>
        <div role="rowgroup">
          <Head columns={columns} pages={view.tv && rows.length > fits ? `${first + 1}–${Math.min(rows.length, first + fits)} / ${rows.length}` : ""} />
        </div>
        <div class="frame" role="rowgroup" ref={frame} onScroll={onScroll} onKeyDown={onKeyDown} tabIndex={rows.length ? undefined : 0}>
          <div class="rows" style={{ height: view.tv ? "100%" : `${rows.length * rowHeight}px` }}>
            {visible.map((shown, index) => (
              <Line
                key={slots[index]}
                shown={shown}
                columns={columns}
                context={context}
                index={first + index}
                offset={(view.tv ? index : first + index) * rowHeight}
                isActive={first + index === activeIndex}
                activate={() => setActive(shown.line.subject)}
              />
            ))}
          </div>
          {!rows.length && <p class="empty">{emptyText(context)}</p>}
        </div>
      </div>
    </section>
  );

  function onKeyDown(event: KeyboardEvent): void {
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: fits, PageUp: -fits, Home: -rows.length, End: rows.length };
    const line = rows[activeIndex]?.line;
    if (!line) return;
    if (event.key in steps) moveTo(Math.min(rows.length - 1, Math.max(0, activeIndex + steps[event.key]!)));
    else if (event.key === "Enter") context.change({ queue: line.subject });
    else if (event.key === "p") togglePin(context, line.subject);
    else return;
    event.preventDefault();
  }

  function moveTo(index: number): void {
    setActive(rows[index]!.line.subject);
    const box = frame.current!;
    if (index * rowHeight < box.scrollTop) box.scrollTop = index * rowHeight;
    const bottom = (index + 1) * rowHeight - box.clientHeight;
    if (bottom > box.scrollTop) box.scrollTop = bottom;
    requestAnimationFrame(() => box.querySelector<HTMLElement>(".line.active")?.focus());
  }
}

export function togglePin({ view, change }: BoardContext, subject: string): void {
  const pins = view.pins.includes(subject) ? view.pins.filter((pin) => pin !== subject) : [...view.pins, subject];
  change({ pins });
}

function emptyText({ view, snapshot, words }: BoardContext): string {
  if (!snapshot.scope.length) return snapshot.connection.state === "live" ? words.noQueues : words.connecting;
  return view.search ? words.nothingFound : words.problemsNone;
}

function Head({ columns, pages }: { columns: readonly Column[]; pages: string }) {
  const { view, words, change } = useBoard();
  const heads = [{ name: "queue", label: "queue" as const, sortable: true }, ...columns, { name: "level", label: "state" as const, sortable: true }];
  return (
    <div class="line head" role="row" aria-rowindex={1}>
      {heads.map(({ name, label, sortable = true }) => {
        const isSorted = view.sort === name;
        const direction = view.descending ? "descending" : "ascending";
        const sort = () => change({ sort: name, descending: isSorted ? !view.descending : name !== "queue" });
        return (
          <div class="cell" role="columnheader" key={name} aria-sort={isSorted ? direction : undefined}>
            {sortable && !view.tv ? (
              <button type="button" onClick={sort} title={fill(words.sortBy, words[label])}>
                {words[label]}
              </button>
            ) : (
              words[label]
            )}
            {name === "queue" && pages && <span class="pages">{pages}</span>}
          </div>
        );
      })}
    </div>
  );
}

interface LineProps {
  shown: Shown;
  columns: readonly Column[];
  context: BoardContext;
  index: number;
  offset: number;
  isActive: boolean;
  activate: () => void;
}

function Line({ shown, columns, context, index, offset, isActive, activate }: LineProps) {
  const { view, words, change } = context;
  const { line, levels, level } = shown;
  const isCurrent = line.isLive && context.snapshot.connection.state === "live";
  const isPinned = view.pins.includes(line.subject);
  const select = () => {
    activate();
    change({ queue: line.subject });
  };
  return (
    <div
      class={`line${isActive ? " active" : ""}${isCurrent ? "" : " stale"}`}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={view.queue === line.subject}
      data-level={level}
      data-live={isCurrent}
      data-subject={line.subject}
      tabIndex={isActive && !view.tv ? 0 : -1}
      style={{ transform: `translateY(${offset}px)` }}
      onClick={view.tv ? undefined : select}
    >
      <div class="cell name" role="rowheader">
        <span class="text" title={line.name}>
          {line.name}
        </span>
        <span class="media">{line.media}</span>
        {isPinned && <span class="pin" aria-label={words.unpin} role="img" />}
      </div>
      {columns.map((column) => (
        <div class="cell" role="gridcell" key={column.name} data-level={column.limit && levels[column.limit]}>
          {column.draw ? column.draw(shown, context) : column.text?.(shown, context)}
        </div>
      ))}
      <div class="cell" role="gridcell">
        <Mark sign={isCurrent ? level : "stale"} words={words} />
      </div>
    </div>
  );
}

/**
 * A number for the elements of each visible row. A row keeps its own as long as it is in sight, so that the focus stays
 * with it; one that comes takes over the elements of one that has gone, which is cheaper than making new ones.
 */
function useSlots(visible: readonly Shown[]): readonly number[] {
  const slots = useRef(new Map<string, number>());
  const before = slots.current;
  const inUse = new Set(visible.map(({ line }) => before.get(line.subject)));
  const free = [...visible.keys(), ...before.values()].filter((slot, index, list) => !inUse.has(slot) && list.indexOf(slot) === index);
  slots.current = new Map(visible.map(({ line: { subject } }) => [subject, before.get(subject) ?? free.shift()!]));
  return [...slots.current.values()];
}

/** The height of the frame and of a row, and how far it is scrolled; read when they change, and not while drawing. */
function useSize(frame: { current: HTMLDivElement | null }, tv: boolean) {
  const [size, setSize] = useState({ height: 600, rowHeight: 36 });
  const [top, setTop] = useState(0);
  const measure = () => {
    const box = frame.current;
    if (!box) return;
    const rowHeight = Number.parseFloat(getComputedStyle(box).getPropertyValue("line-height")) || 36;
    const height = box.clientHeight;
    setSize((before) => (before.height === height && before.rowHeight === rowHeight ? before : { height, rowHeight }));
  };
  useLayoutEffect(measure, [tv]);
  useEffect(() => {
    const observer = new ResizeObserver(measure);
    if (frame.current) observer.observe(frame.current);
    return () => observer.disconnect();
  }, []);
  return { ...size, top, onScroll: () => setTop(frame.current?.scrollTop ?? 0) };
}
