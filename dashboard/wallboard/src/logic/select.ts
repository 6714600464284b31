/**
 * Which lines a view shows, and in which order.
 *
 * @module
 */
import type { Level } from "./limits.js";
import type { Levels, Line, Numbers } from "./lines.js";
import type { Group, View } from "./view.js";

/** A line with what it shows at a moment. */
export interface Shown {
  readonly line: Line;
  readonly numbers: Numbers;
  readonly levels: Levels;
  readonly level: Level;
}

/** Whether a line is of a group: by the queue's id, or by its name with `*`. */
export function inGroup(line: Line, group: Group): boolean {
  return group.queues.some((entry) => entry === line.queue || nameMatches(entry, line.name));
}

function nameMatches(pattern: string, name: string): boolean {
  const [parts, text] = [pattern.toLowerCase().split("*"), name.toLowerCase()];
  if (!text.startsWith(parts[0]!)) return false;
  let from = parts[0]!.length;
  for (const part of parts.slice(1)) {
    const index = text.indexOf(part, from);
    if (index < 0) return false;
    from = index + part.length;
  }
  return parts.length > 1 ? pattern.endsWith("*") || text.endsWith(parts.at(-1)!) : text.length === from;
}

/** The lines that a view is about, before search and order. */
export function scopeOf(lines: readonly Line[], view: View): readonly Line[] {
  const ids = new Set(view.queues);
  const group = view.groups.find(({ name }) => name === view.group);
  const isIncluded = (line: Line) =>
    (!ids.size || ids.has(line.queue)) && (!view.media || line.media === view.media) && (!group || inGroup(line, group));
  return lines.filter(isIncluded);
}

const SEVERITY: Record<Level, number> = { alert: 2, warning: 1, ok: 0 };

/** The rows of the table: pinned ones first, then in the order of the view. */
export function rowsOf(shown: readonly Shown[], view: View): readonly Shown[] {
  const search = view.search.trim().toLowerCase();
  const pins = new Set(view.pins);
  const isIncluded = ({ line, level }: Shown) =>
    (!search || `${line.name} ${line.media} ${line.queue}`.toLowerCase().includes(search)) && (!view.problems || level !== "ok");
  const sign = view.descending ? -1 : 1;
  // Keys are made once for each row, and not for each comparison.
  const entries = shown.filter(isIncluded).map((row) => ({ row, line: row.line, pin: Number(pins.has(row.line.subject)), key: sortKey(row, view.sort) }));
  entries.sort((a, b) => b.pin - a.pin || sign * order(a.key, b.key) || order(a.line.name, b.line.name) || order(a.line.subject, b.line.subject));
  return entries.map(({ row }) => row);
}

function sortKey({ line, numbers, level }: Shown, sort: string): number | string {
  if (sort === "queue") return line.name.toLowerCase();
  if (sort === "level") return SEVERITY[level];
  const value = numbers[sort as keyof Numbers];
  return value ?? Number.NEGATIVE_INFINITY;
}

const order = (a: number | string, b: number | string) => (a < b ? -1 : a > b ? 1 : 0);
