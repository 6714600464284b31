/** The keys of the board. */
import { useBoard } from "./context.js";
import { Dialog } from "./settings.js";

export function Help({ close }: { close: () => void }) {
  const { words } = useBoard();
  const keys: [string, string][] = [
    ["/", words.keySearch],
    ["f", words.keyProblems],
    ["t", words.keyTv],
    ["m", words.keyMute],
    ["␣", words.keyPause],
    ["↑ ↓", words.keyMove],
    ["↵", words.keySelect],
    ["p", words.keyPin],
    ["?", words.keyHelp],
  ];
  return (
    <Dialog title={words.help} close={close}>
      <dl class="keys">
        {keys.map(([key, text]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
