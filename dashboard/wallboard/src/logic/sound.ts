/**
 * A short tone when an alert begins. Browsers allow none before somebody has clicked.
 *
 * @module
 */
import type { Level } from "./limits.js";
import type { Sound } from "./view.js";

const REPEAT_MS = 10_000;
const TONES_HZ = [880, 660];
const TONE_SECONDS = 0.18;

export class Alarm {
  #audio: AudioContext | undefined;
  #before: Level = "ok";
  #playedAt = 0;
  isMuted = false;

  /** Whether a browser lets us play: after a click or a key. */
  get isAllowed(): boolean {
    return this.#audio?.state === "running";
  }

  /** To be called from a click or a key. */
  async allow(): Promise<void> {
    this.#audio ??= new AudioContext();
    await this.#audio.resume();
  }

  /** Plays when the level becomes alert, and as often as the view says while it lasts. */
  update(level: Level, sound: Sound, now: number): void {
    const isNew = level === "alert" && this.#before !== "alert";
    const isDue = level === "alert" && sound === "repeat" && now - this.#playedAt >= REPEAT_MS;
    this.#before = level;
    if (sound === "off" || this.isMuted || !this.isAllowed || !(isNew || isDue)) return;
    this.#playedAt = now;
    this.#play();
  }

  #play(): void {
    const audio = this.#audio!;
    TONES_HZ.forEach((frequency, index) => {
      const [tone, gain] = [audio.createOscillator(), audio.createGain()];
      const start = audio.currentTime + index * TONE_SECONDS;
      tone.frequency.value = frequency;
      gain.gain.setValueAtTime(0.2, start);
      gain.gain.exponentialRampToValueAtTime(0.001, start + TONE_SECONDS);
      tone.connect(gain).connect(audio.destination);
      tone.start(start);
      tone.stop(start + TONE_SECONDS);
    });
  }
}
