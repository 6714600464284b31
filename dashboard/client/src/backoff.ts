/**
 * How long to wait after failures.
 *
 * @module
 */

const FIRST_MS = 1000;
const LONGEST_MS = 30_000;

/**
 * Full jitter: a random time up to a limit that doubles with each failure, so that viewers which lost their connections
 * together come back apart. `random` is from 0 to 1.
 */
export function backoff(failures: number, random: number): number {
  return random * Math.min(LONGEST_MS, FIRST_MS * 2 ** failures);
}
