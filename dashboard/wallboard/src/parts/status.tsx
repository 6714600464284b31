/** How fresh the numbers are: a pill in the header, and a band over the whole screen when they are not. */
import { useConnection } from "@headroom/client/react";
import { fill } from "../languages.js";
import { useBoard } from "./context.js";

export function Pill() {
  const { client, words, snapshot, formats } = useBoard();
  const { state } = useConnection(client);
  const names = { ...words, idle: words.idleState };
  const age = snapshot.lagMs === undefined ? words.noEvents : fill(words.updated, formats.ago(snapshot.lagMs));
  return (
    <div class="pill" data-state={state}>
      <span class="dot" aria-hidden="true" />
      <strong>{names[state]}</strong>
      <span class="age">{age}</span>
    </div>
  );
}

export function Band() {
  const { client, words, snapshot, formats } = useBoard();
  const { state, since } = useConnection(client);
  const text = bandText();
  return (
    <div class="band" role="status" data-shown={text !== ""} data-state={state}>
      {text}
    </div>
  );

  function bandText(): string {
    if (state === "unauthorized") return words.bandUnauthorized;
    if (state === "stale") return fill(words.bandStale, formats.clock(since));
    if (state === "live") return partText();
    return snapshot.lines.length ? words.bandConnecting : "";
  }

  function partText(): string {
    const stale = snapshot.scope.filter(({ line }) => !line.isLive).length;
    return stale ? fill(words.bandPart, formats.count(stale), formats.count(snapshot.scope.length)) : "";
  }
}
