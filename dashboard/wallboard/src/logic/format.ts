/**
 * Numbers and times as people read them.
 *
 * @module
 */

const SECOND_MS = 1000;

/** What stands for a value that there is not. */
export const NONE = "–";

/** `m:ss`, from an hour on `h:mm:ss`, from two days on days. */
export function duration(ms: number | undefined): string {
  if (ms === undefined) return NONE;
  const seconds = Math.max(0, Math.floor(ms / SECOND_MS));
  const two = (value: number) => String(value).padStart(2, "0");
  if (seconds >= 172_800) return `${Math.floor(seconds / 86_400)} d`;
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** Whole numbers and shares in the language of the interface. */
export function formats(lang: string) {
  const whole = new Intl.NumberFormat(lang, { maximumFractionDigits: 0 });
  const share = new Intl.NumberFormat(lang, { style: "percent", maximumFractionDigits: 1, minimumFractionDigits: 1 });
  const percent = new Intl.NumberFormat(lang, { style: "percent", maximumFractionDigits: 0 });
  const clock = new Intl.DateTimeFormat(lang, { hour: "2-digit", minute: "2-digit" });
  const day = new Intl.DateTimeFormat(lang, { weekday: "long", day: "numeric", month: "long" });
  const relative = new Intl.RelativeTimeFormat(lang, { style: "narrow", numeric: "auto" });
  return {
    /** How long ago: in seconds, minutes or hours. */
    ago: (ms: number) => {
      const seconds = Math.max(0, Math.round(ms / SECOND_MS));
      if (seconds < 3) return relative.format(0, "second");
      if (seconds < 100) return relative.format(-seconds, "second");
      return seconds < 6000 ? relative.format(-Math.round(seconds / 60), "minute") : relative.format(-Math.round(seconds / 3600), "hour");
    },
    count: (value: number | undefined) => (value === undefined ? NONE : whole.format(value)),
    share: (value: number | undefined) => (value === undefined ? NONE : share.format(value)),
    percent: (value: number | undefined) => (value === undefined ? NONE : percent.format(value)),
    clock: (time: number) => clock.format(time),
    day: (time: number) => day.format(time),
  };
}

export type Formats = ReturnType<typeof formats>;

/** Milliseconds since a time of the protocol; undefined if it is none, or still to come. */
export function ageOf(time: string | undefined, now: number): number | undefined {
  const since = time ? now - Date.parse(time) : Number.NaN;
  return since >= 0 ? since : undefined;
}
