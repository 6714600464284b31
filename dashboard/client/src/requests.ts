/**
 * The requests of a client about its rows, each within the limit of a frame.
 *
 * @module
 */
import { nextBucket } from "./buckets.js";
import { digest } from "./digest.js";
import { FRAME_BYTES_MAX, SUBJECTS_PER_REQUEST_MAX } from "./protocol.js";
import { type Entry, knownVersion } from "./store.js";

/** Bytes that a request has for subjects and rows; the rest is for its other fields. */
const BYTES_MAX = FRAME_BYTES_MAX - 4096;
/** Subjects have up to 128 letters for an id, so that so many fit into a frame with their digests. */
const SUBJECTS_PER_VERIFY = 150;
/** Most subjects times buckets in one verification by digests. */
const DIGEST_ROWS_MAX = 12_000;

/** A request without its number, and the rows that its response confirms. */
export interface Request {
  readonly body: { readonly action: string; readonly [field: string]: unknown };
  readonly keys: readonly string[];
}

const encoder = new TextEncoder();
const bytes = (value: unknown) => encoder.encode(JSON.stringify(value)).length + 2;

/** Whether any of the subscriptions covers a subject: `queue#*`, `queue#<id>#*`, or the subject itself. */
export function matchesAny(patterns: ReadonlySet<string>, subject: string): boolean {
  if (patterns.has(subject)) return true;
  for (const pattern of patterns) if (pattern.endsWith("*") && subject.startsWith(pattern.slice(0, -1))) return true;
  return false;
}

/** As many subjects as one request takes. */
export function subjectsThatFit(subjects: readonly string[]): string[] {
  let size = 0;
  return subjects.slice(0, SUBJECTS_PER_REQUEST_MAX).filter((subject) => (size += bytes(subject)) < BYTES_MAX / 2);
}

/** Names as many rows as there is room for: the others come whole. Missed rows are named first. */
export function requestRows(body: Request["body"], entries: Entry[]): Request {
  let size = bytes(body);
  const rows = entries.sort((a, b) => Number(!a.missed) - Number(!b.missed));
  const selection = rows.filter((row) => (size += bytes(row.key) + bytes(knownVersion(row))) < BYTES_MAX);
  return { body: { ...body, have: versions(selection) }, keys: keysOf(selection) };
}

/** The request that brings the rows of one subject of which something was missed. */
export function recoverRequest(subject: string, entries: Iterable<Entry>): Request {
  const rows = [...entries].filter((entry) => entry.subject === subject);
  // `!` is the least visible character: nothing but the subject itself lies before it.
  return requestRows({ action: "verify", from: subject, to: `${subject}!` }, rows);
}

/** The requests that verify all rows. Each covers the range of subjects from where the one before ended. */
export function verifyRequests(entries: Iterable<Entry>, now: number, catalog: string | undefined): Request[] {
  const groups = new Map<string, Entry[]>();
  const names = new Set<string>();
  for (const entry of entries) {
    names.add(entry.bucket).add(nextBucket(entry.bucket, now));
    groups.get(entry.subject)?.push(entry) ?? groups.set(entry.subject, [entry]);
  }
  const subjects = [...groups.keys()].sort();
  const buckets = [...names].sort();
  const length = Math.min(SUBJECTS_PER_VERIFY, Math.floor(DIGEST_ROWS_MAX / (buckets.length || 1)));
  const requests: Request[] = [];
  for (let start = 0; start < subjects.length; start += length) {
    const part = subjects.slice(start, start + length);
    const digests = Object.fromEntries(part.map((subject) => [subject, digest(groups.get(subject)!)]));
    const range = { from: start ? part[0] : undefined, to: subjects[start + length] };
    const keys = part.flatMap((subject) => keysOf(groups.get(subject)!));
    requests.push({ body: { action: "verify", digests, buckets, catalog, ...range }, keys });
  }
  return requests;
}

function versions(entries: readonly Entry[]) {
  return Object.fromEntries(entries.map((entry) => [entry.key, knownVersion(entry)]));
}

const keysOf = (entries: readonly Entry[]) => entries.map((entry) => entry.key);
