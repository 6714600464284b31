/** Time and chance for tests: nothing sleeps, and a seed repeats a run. */

export type Random = () => number;

/** Numbers from 0 to 1 (mulberry32). */
export function randomOf(seed: number): Random {
  let state = (seed + 0x9e3779b9) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/** A clock that moves from one timer to the next. */
export class World {
  now: number;
  #timers: Timer[] = [];
  #order = 0;

  constructor(start = Date.parse("2026-05-12T09:58:30Z")) {
    this.now = start;
  }

  /** Runs something after a time; of equal times the first planned is the first. */
  after(ms: number, run: () => void): Timer {
    const timer = { at: this.now + Math.max(0, ms), order: this.#order++, run };
    let index = this.#timers.length;
    while (index > 0 && this.#timers[index - 1]!.at > timer.at) index--;
    this.#timers.splice(index, 0, timer);
    return timer;
  }

  cancel(timer: unknown): void {
    const index = this.#timers.indexOf(timer as Timer);
    if (index >= 0) this.#timers.splice(index, 1);
  }

  /** Lets a time pass. `check` is called after everything that happens. */
  async pass(ms: number, check: () => void = () => {}): Promise<void> {
    const end = this.now + ms;
    await settle();
    while (this.#timers[0] && this.#timers[0].at <= end) {
      const timer = this.#timers.shift()!;
      this.now = timer.at;
      timer.run();
      await settle();
      check();
    }
    this.now = end;
  }

  /** The options of a client in this world. */
  options(random: Random) {
    return {
      now: () => this.now,
      random,
      setTimer: (run: () => void, ms: number) => this.after(ms, run),
      clearTimer: (timer: unknown) => this.cancel(timer),
    };
  }
}

/** Lets promises that are ready go on. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await null;
}
