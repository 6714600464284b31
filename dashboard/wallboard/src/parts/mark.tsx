/** A level or state as shape, colour and word, so that none of them stands alone. */
import type { Level } from "../logic/limits.js";
import type { Words } from "../languages.js";

export type Sign = Level | "stale";

const SHAPES: Record<Sign, string> = {
  ok: "M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13M5 8.2l2.1 2.1L11 6.2",
  warning: "M8 2L15 14H1ZM8 6.6v3.4M8 12v.2",
  alert: "M5 1h6l4 4v6l-4 4H5l-4-4V5ZM5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4",
  stale: "M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13M8 4.5V8l2.4 1.8",
};

export function Mark({ sign, words, quiet }: { sign: Sign; words: Words; quiet?: boolean }) {
  return (
    <span class={`mark ${sign}`}>
      <svg viewBox="0 0 16 16" aria-hidden="true">
        <path d={SHAPES[sign]} />
      </svg>
      <span class={quiet ? "hidden" : "word"}>{words[sign]}</span>
    </span>
  );
}
