/**
 * What a client has of a subject, as one number of 64 bits.
 *
 * @module
 */
import { type Entry, knownVersion } from "./store.js";

const encoder = new TextEncoder();

/** FNV-1a of the versions of a subject's rows, in the byte order of their buckets, as 16 hexadecimal digits. */
export function digest(entries: readonly Entry[]): string {
  const line = (entry: Entry) => {
    const { epoch, version } = knownVersion(entry);
    return `${entry.bucket}|${epoch}|${version}\n`;
  };
  const rows = [...entries].sort((a, b) => (a.bucket < b.bucket ? -1 : 1));
  return fnv1a(rows.map(line).join(""));
}

/** In two halves, since numbers have no 64 bits. */
export function fnv1a(text: string): string {
  let [hi, lo] = [0xcbf29ce4, 0x84222325];
  for (const byte of encoder.encode(text)) {
    lo = (lo ^ byte) >>> 0;
    const product = lo * 435;
    hi = (hi * 435 + ((lo << 8) >>> 0) + Math.floor(product / 2 ** 32)) >>> 0;
    lo = product >>> 0;
  }
  return [hi, lo].map((half) => half.toString(16).padStart(8, "0")).join("");
}
