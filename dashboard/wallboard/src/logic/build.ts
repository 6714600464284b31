/**
 * A board hangs for weeks: it loads a new build by itself, and once a night if the view says so. Nothing is lost, as
 * everything that was chosen is in the address.
 *
 * @module
 */

const CHECK_MS = 5 * 60_000;
/** Not all screens at once. */
const SPREAD_MS = 60_000;

export interface BuildPorts {
  readonly fetch: typeof fetch;
  readonly reload: () => void;
  readonly random: () => number;
  readonly after: (ms: number, run: () => void) => void;
}

/** Looks for a new build every five minutes. A server that does not answer is no reason to reload. */
export function watchBuild(ports: BuildPorts): void {
  let running: string | undefined;
  const check = async () => {
    const build = await readBuild(ports);
    running ??= build;
    if (build && build !== running) ports.after(ports.random() * SPREAD_MS, ports.reload);
    else ports.after(CHECK_MS, check);
  };
  void check();
}

async function readBuild({ fetch }: BuildPorts): Promise<string | undefined> {
  try {
    const response = await fetch("build.json", { cache: "no-store" });
    return response.ok ? ((await response.json()) as { build: string }).build : undefined;
  } catch {
    return undefined;
  }
}

/** Milliseconds until the next time of day, `03:30`; undefined if the text is none. */
export function untilTimeOfDay(text: string, now: Date): number | undefined {
  const [, hours, minutes] = /^(\d{1,2}):(\d{2})$/.exec(text) ?? [];
  if (!hours || Number(hours) > 23 || Number(minutes) > 59) return undefined;
  const next = new Date(now);
  next.setHours(Number(hours), Number(minutes), 0, 0);
  if (next <= now) next.setDate(next.getDate() + 1);
  return next.getTime() - now.getTime();
}
