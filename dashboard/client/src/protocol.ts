/**
 * The messages of the viewer protocol, version 1, as `docs/protocol.md` describes them.
 *
 * @module
 */

/** Rates, averages and percentiles of a row. A ratio with denominator 0 is absent. */
export interface Computed {
  /** Average speed of answer, in milliseconds. */
  readonly asaMs?: number | undefined;
  /** Average handle time, in milliseconds. */
  readonly ahtMs?: number | undefined;
  /** Answered / offered, 0 to 1. */
  readonly answerRate?: number | undefined;
  /** Abandoned / offered, 0 to 1. */
  readonly abandonRate?: number | undefined;
  /** The service level by the deployment's formula, 0 to 1. Of queues only. */
  readonly serviceLevel?: number | undefined;
  readonly waitP50Ms?: number | undefined;
  readonly waitP90Ms?: number | undefined;
  readonly waitP95Ms?: number | undefined;
  readonly avgTalkMs?: number | undefined;
  readonly avgHoldMs?: number | undefined;
  readonly avgAcwMs?: number | undefined;
  /** When the longest open wait began; a time to come is a scheduled callback. ISO-8601. */
  readonly waitingSince?: string | undefined;
  /** When the oldest conversation with an agent began. ISO-8601. */
  readonly interactingSince?: string | undefined;
  /** Since when the agent that is idle for longest has been idle. ISO-8601. */
  readonly idleSince?: string | undefined;
  /** Values of rows of agents, and those that a later server adds. */
  readonly [name: string]: number | string | undefined;
}

/** A whole row, as the server sends it. */
export interface RowData {
  /** `queue#<queueId>#<media>`, `queue#<queueId>#agents`, `agent#<userId>` or `api#budget`. */
  readonly subject: string;
  /** `now`, `PT30M#<start>` or `P1D#<date>`. */
  readonly bucket: string;
  /** Identifies the row's history: versions of different epochs cannot be compared. */
  readonly epoch: string;
  /** Grows by one with every change. */
  readonly version: number;
  /** The newest event time in the last change, ISO-8601. */
  readonly at: string;
  /** Sums by metric name; those that are zero are absent. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly computed: Computed;
  /** The queue's name in Genesys Cloud. Only snapshots carry it. */
  readonly name?: string | undefined;
}

/** The change of a row from one version to a later one. */
export interface Delta {
  readonly subject: string;
  readonly bucket: string;
  readonly epoch: string;
  readonly base: number;
  readonly version: number;
  readonly at: string;
  readonly set: Readonly<Record<string, number>>;
  readonly unset: readonly string[];
  readonly computed: Computed;
}

/** The version of a row that a client has. */
export interface KnownVersion {
  readonly epoch: string;
  readonly version: number;
}

/** The kinds of error that a server reports. */
export type ErrorCode = "bad_request" | "too_large" | "too_many" | "forbidden" | "internal";

/** A subject that the server refused. */
export interface RefusedSubject {
  readonly subject: string;
  readonly code: ErrorCode;
}

/** A service level: the share of waits that should be answered within a time. */
export interface ServiceLevel {
  /** 0 to 1. */
  readonly target: number;
  readonly thresholdMs: number;
}

/** Service levels by media type; `*` is for those that are not listed. */
export type ServiceLevels = Readonly<Record<string, ServiceLevel>>;

/** What the server knows of a queue. */
export interface CatalogQueue {
  readonly id: string;
  readonly name?: string;
  readonly serviceLevels?: ServiceLevels;
}

/** Names and service levels of the queues that the token allows. */
export interface Catalog {
  readonly version: string;
  readonly serviceLevels: ServiceLevels;
  readonly queues: readonly CatalogQueue[];
}

/** The subprotocol that the server selects. */
export const SUBPROTOCOL = "headroom.v1";

/** The server's limit for frames that it receives. */
export const FRAME_BYTES_MAX = 32 * 1024;

/** Most subjects in one `subscribe` or `unsubscribe`. */
export const SUBJECTS_PER_REQUEST_MAX = 500;

/** The name of a row: its key. */
export function rowName(subject: string, bucket: string): string {
  return `${subject}|${bucket}`;
}
