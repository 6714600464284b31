/** The agents at work, where the token grants them: status and since when. */
import { fill } from "../languages.js";
import { type AgentStatus, agentsAtWork } from "../logic/agents.js";
import { duration } from "../logic/format.js";
import { useBoard } from "./context.js";

/** More than these are counted, not drawn. */
const SHOWN_MAX = 300;

export function Agents() {
  const { snapshot, words, formats } = useBoard();
  const agents = agentsAtWork(snapshot.agents);
  if (!agents.length) return null;
  const counts = new Map<string, number>();
  for (const { status } of agents) counts.set(status, (counts.get(status) ?? 0) + 1);
  return (
    <section class="panel agents" aria-label={words.agents}>
      <header>
        <h2>{words.agents}</h2>
        <p class="summary">{[...counts].map(([status, count]) => `${formats.count(count)} ${title(status)}`).join(" · ")}</p>
      </header>
      <ul tabIndex={0}>
        {agents.slice(0, SHOWN_MAX).map((agent) => (
          <Agent key={agent.id} agent={agent} now={snapshot.asOf} />
        ))}
      </ul>
      {agents.length > SHOWN_MAX && <p class="summary">{fill(words.agentsMore, formats.count(agents.length - SHOWN_MAX))}</p>}
    </section>
  );
}

function Agent({ agent, now }: { agent: AgentStatus; now: number }) {
  const { status, since, name, isLive } = agent;
  return (
    <li data-status={status} data-live={isLive}>
      <span class="who" title={name}>
        {name}
      </span>
      <span class="status">{title(status)}</span>
      <span class="time">{duration(since === undefined ? undefined : now - since)}</span>
    </li>
  );
}

/** Genesys' names as words: they are the same in every language of its own clients. */
function title(status: string): string {
  const words = status.toLowerCase().replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
