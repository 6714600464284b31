/**
 * Views that take turns on a screen. One with an alert comes at once, and stays until it has none.
 *
 * @module
 */
import type { Level } from "./limits.js";

/** The place of the view that is shown; undefined if none take turns. */
export function turn(count: number, seconds: number, elapsedMs: number, levels: readonly Level[]): number | undefined {
  if (!count || !seconds) return undefined;
  const step = Math.floor(elapsedMs / (seconds * 1000));
  const urgent = levels.flatMap((level, index) => (level === "alert" && index < count ? [index] : []));
  return urgent.length ? urgent[step % urgent.length] : step % count;
}
