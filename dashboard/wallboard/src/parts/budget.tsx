/** What was spent of the API budget, and which part of the numbers came by events. */
import { fill } from "../languages.js";
import { useBoard } from "./context.js";

const SCOPES = [
  ["minute", "budgetMinute"],
  ["day", "budgetDay"],
  ["month", "budgetMonth"],
] as const;

export function Budget() {
  const { snapshot, words, formats } = useBoard();
  const now = snapshot.budget.find(({ bucket }) => bucket === "now");
  const days = snapshot.budget.filter(({ bucket }) => bucket.startsWith("P1D"));
  if (!now) return null;
  const value = (name: string) => now.metrics[name] ?? 0;
  return (
    <section class="panel budget" aria-label={words.budget}>
      <header>
        <h2>{words.budget}</h2>
        <p class="summary">
          {fill(words.budgetDue, formats.count(value("due")))}
          {value("throttled") ? ` · ${fill(words.budgetThrottled, formats.count(value("throttled")))}` : ""}
        </p>
      </header>
      <ul>
        {SCOPES.filter(([scope]) => value(`${scope}.allowed`)).map(([scope, word]) => {
          const [used, allowed] = [value(`${scope}.used`), value(`${scope}.allowed`)];
          const level = used >= allowed ? "alert" : used >= 0.8 * allowed ? "warning" : "ok";
          return (
            <li key={scope} data-level={level}>
              <span class="label">{words[word]}</span>
              <span class="number">{fill(words.budgetOf, formats.count(used), formats.count(allowed))}</span>
              <svg class="bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
                <rect class="track" width="100" height="6" />
                <rect class="fill" width={Math.min(100, (100 * used) / allowed)} height="6" />
              </svg>
            </li>
          );
        })}
      </ul>
      {days.length > 1 && (
        <p class="history">
          {`${words.budgetHistory}: `}
          {days.map(({ bucket, metrics }) => `${bucket.slice(4)} ${formats.count(metrics["day.used"] ?? 0)}`).join(" · ")}
        </p>
      )}
    </section>
  );
}
