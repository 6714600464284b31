/**
 * `<headroom-value queues="*" media="voice" bucket="now" metric="oWaiting">`: one number in a plain page.
 *
 * @module
 */
import { type BucketKind, type Client, sum } from "./index.js";

/** Registers `<headroom-value>`. Several queues are added up; a value that is not current has `state="stale"`. */
export function defineValue(client: Client): void {
  class HeadroomValue extends HTMLElement {
    ends: (() => void)[] = [];

    connectedCallback() {
      const [queues, media, bucket, metric] = ["queues", "media", "bucket", "metric"].map((name) => this.getAttribute(name)!);
      const query = client.query({
        queues: queues === "*" ? queues : queues!.split(","),
        media: media!,
        buckets: [bucket as BucketKind],
      });
      const show = () => {
        const rows = query.rows();
        const { computed, metrics } = sum(rows);
        this.textContent = format(metric!, (computed[metric!] ?? metrics[metric!]) as number | undefined);
        this.title = rows.find((row) => row.state !== "live")?.state ?? client.state;
        this.setAttribute("state", this.title);
      };
      this.ends = [query.subscribe(show), client.on("state", show)];
      show();
    }

    disconnectedCallback() {
      for (const end of this.ends) end();
    }
  }
  customElements.define("headroom-value", HeadroomValue);
}

/** A sum that is absent is 0; a rate or an average that is absent has no value. */
function format(metric: string, value: number | undefined): string {
  if (/Rate|Level/.test(metric)) return value?.toLocaleString(undefined, { style: "percent" }) ?? "–";
  if (!/Ms$/.test(metric)) return (value ?? 0).toLocaleString();
  return value === undefined ? "–" : new Date(value).toISOString().slice(11, 19);
}
