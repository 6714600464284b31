/**
 * The status of an agent, from the row of its present state.
 *
 * @module
 */
import type { Row } from "@headroom/client";

export interface AgentStatus {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly since: number | undefined;
  readonly isLive: boolean;
}

/** Statuses that need a look come first. */
const ORDER = ["NOT_RESPONDING", "IDLE", "INTERACTING", "COMMUNICATING", "AVAILABLE", "BUSY", "MEETING", "TRAINING", "BREAK", "MEAL", "AWAY", "ON_QUEUE"];

/** On queue the routing status says what happens, and tells who is idle; otherwise the status as Genesys shows it. */
export function agentStatus(row: Row): AgentStatus {
  const routing = valueOf(row, "routingStatus", "routingStatusSince");
  const presence = valueOf(row, "systemPresence", "presenceSince");
  const isOnQueue = routing && routing.status !== "OFF_QUEUE" && (presence?.status ?? "ON_QUEUE") === "ON_QUEUE";
  const absence = valueOf(row, "status", "statusSince") ?? presence ?? routing;
  const { status, since } = (isOnQueue ? routing : absence) ?? { status: "UNKNOWN", since: undefined };
  const id = row.subject.slice("agent#".length);
  return { id, name: row.name ?? id, status, since, isLive: row.state === "live" };
}

/** Those who are at work, the most urgent status first, and within it the longest time. */
export function agentsAtWork(rows: readonly Row[]): readonly AgentStatus[] {
  const rank = ({ status }: AgentStatus) => (ORDER.indexOf(status) + ORDER.length + 1) % (ORDER.length + 1);
  const list = rows.filter(({ subject }) => /^agent#[^#]+$/.test(subject)).map(agentStatus);
  const atWork = list.filter(({ status }) => status !== "OFFLINE" && status !== "UNKNOWN");
  return atWork.sort((a, b) => rank(a) - rank(b) || (a.since ?? 0) - (b.since ?? 0) || (a.id < b.id ? -1 : 1));
}

/** A value computed by the server, or the one whose name is in the name of a sum. */
function valueOf(row: Row, name: string, sinceName: string): { status: string; since: number | undefined } | undefined {
  const { computed, metrics } = row;
  const status = computed[name];
  if (typeof status === "string") return { status, since: timeOf(computed[sinceName]) };
  for (const metric in metrics) {
    if (metric.startsWith(`${name}.`)) return { status: metric.slice(name.length + 1), since: metrics[metric] };
  }
  return undefined;
}

function timeOf(value: string | number | undefined): number | undefined {
  const time = typeof value === "string" ? Date.parse(value) : value;
  return time !== undefined && Number.isFinite(time) ? time : undefined;
}
