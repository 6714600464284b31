/**
 * When to renew a connection: before its token expires, and before API Gateway ends it after two hours.
 *
 * @module
 */

const MINUTE_MS = 60_000;
/** At random in this span, so that not all viewers come back at once after a deployment. */
const RENEW_FROM_MS = 100 * MINUTE_MS;
const RENEW_TO_MS = 115 * MINUTE_MS;
/** The latest part of a token's life in which it is renewed, and its greatest length. */
const MARGIN_SHARE = 0.25;
const MARGIN_MAX_MS = 2 * MINUTE_MS;
/** A token that has run out already must not make the client renew without a pause. */
const RENEW_MIN_MS = 5_000;

/** How long to wait before the connection is renewed, in milliseconds; `random` is from 0 to 1. */
export function renewAfter(token: string, now: number, random: number): number {
  const longest = RENEW_FROM_MS + random * (RENEW_TO_MS - RENEW_FROM_MS);
  const life = remainingLife(token, now);
  const margin = Math.min(MARGIN_MAX_MS, life * MARGIN_SHARE) * (0.5 + random / 2);
  return Math.max(RENEW_MIN_MS, Math.min(longest, life - margin));
}

/** What a token has left, by its own claims: if this machine's clock is wrong, its whole life. */
function remainingLife(token: string, now: number): number {
  try {
    const body = token.split(".")[1]!.replace(/-/g, "+").replace(/_/g, "/");
    const { iat, exp } = JSON.parse(atob(body)) as { iat?: number; exp: number };
    const [remaining, whole] = [exp * 1000 - now, (exp - (iat ?? NaN)) * 1000];
    return whole > 0 && !(remaining > 0 && remaining <= whole) ? whole : remaining || Infinity;
  } catch {
    return Infinity;
  }
}
