/** What the board is about, how fresh it is, and its controls. In TV mode there are none. */
import { fill } from "../languages.js";
import { useBoard } from "./context.js";
import { Pill } from "./status.js";

interface HeaderProps {
  sound: { isMuted: boolean; isAllowed: boolean; toggle: () => void };
  isPaused: boolean;
  openSettings: () => void;
  openHelp: () => void;
}

export function Header({ sound, isPaused, openSettings, openHelp }: HeaderProps) {
  const { view, words, formats, snapshot } = useBoard();
  return (
    <header class="top">
      <div class="title">
        <h1>{view.title || view.group || words.title}</h1>
        {isPaused && <span class="paused">{words.rotationPaused}</span>}
      </div>
      {!view.tv && <Filters />}
      <div class="right">
        <Pill />
        {view.sound !== "off" && <SoundButton sound={sound} />}
        {view.tv ? (
          <time class="clock">{formats.clock(snapshot.now)}</time>
        ) : (
          <Buttons openSettings={openSettings} openHelp={openHelp} />
        )}
      </div>
    </header>
  );
}

function SoundButton({ sound }: { sound: HeaderProps["sound"] }) {
  const { words } = useBoard();
  const text = !sound.isAllowed ? words.soundBlocked : sound.isMuted ? words.soundOff : words.soundOn;
  return (
    <button type="button" class="sound" aria-pressed={sound.isAllowed && !sound.isMuted} onClick={sound.toggle}>
      {text}
    </button>
  );
}

function Buttons({ openSettings, openHelp }: { openSettings: () => void; openHelp: () => void }) {
  const { words, change } = useBoard();
  return (
    <div class="buttons">
      <button type="button" onClick={() => change({ tv: true })}>
        {words.tv}
      </button>
      <button type="button" onClick={openSettings}>
        {words.settings}
      </button>
      <button type="button" class="round" onClick={openHelp} aria-label={words.help}>
        ?
      </button>
    </div>
  );
}

function Filters() {
  const { view, words, change, snapshot, formats } = useBoard();
  const media = [...new Set(snapshot.lines.map((line) => line.media))].sort();
  return (
    <div class="filters" role="search">
      <input
        type="search"
        id="search"
        placeholder={words.search}
        aria-label={words.search}
        value={view.search}
        onInput={(event) => change({ search: event.currentTarget.value })}
      />
      {(media.length > 1 || view.media) && (
        <select aria-label={words.media} value={view.media} onChange={(event) => change({ media: event.currentTarget.value })}>
          <option value="">{words.allMedia}</option>
          {media.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      )}
      {view.groups.length > 0 && (
        <select aria-label={words.group} value={view.group} onChange={(event) => change({ group: event.currentTarget.value })}>
          <option value="">{words.allGroups}</option>
          {view.groups.map(({ name }) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      )}
      <button type="button" class="toggle" aria-pressed={view.problems} onClick={() => change({ problems: !view.problems })}>
        {words.onlyProblems}
      </button>
      <span class="count">{fill(words.shown, formats.count(snapshot.rows.length), formats.count(snapshot.scope.length))}</span>
    </div>
  );
}
