/** A contact centre whose rows change: queues with a day behind them, agents, and the API budget. */
import { randomOf } from "./random.js";

const MINUTE_MS = 60_000;
export const INTERVAL_MS = 30 * MINUTE_MS;
const NAMES = ["Billing", "Bookings", "Claims", "Complaints", "Contracts", "Deliveries", "Emergency line", "Fraud", "New customers", "Orders", "Repairs", "Returns", "Technical support", "Travel desk", "VIP service", "Warranty"];
const AGENT_NAMES = ["Alma Berg", "Bruno Carvalho", "Chiara Conti", "Daan Visser", "Elif Kaya", "Farid Haddad", "Greta Lind", "Hugo Martin", "Ines Novak", "Jonas Weber", "Karin Holm", "Luca Ferri", "Marta Kowalska", "Nils Aalto", "Olga Petrova", "Paul Reiter", "Rosa Blanco", "Sven Dahl", "Tomas Horak", "Uma Patel", "Vera Sommer", "Yusuf Demir"];

const iso = (time) => `${new Date(time).toISOString().slice(0, 19)}Z`;
export const intervalOf = (time) => `PT30M#${iso(Math.floor(time / INTERVAL_MS) * INTERVAL_MS)}`;
export const dayOf = (time) => `P1D#${iso(time).slice(0, 10)}`;

export class Centre {
  rows = new Map();
  /** Keys of the rows that changed since the last push, with the row before. */
  changes = new Map();
  catalog = { version: "1", serviceLevels: { "*": { target: 0.8, thresholdMs: 20_000 } }, queues: [] };

  constructor({ seed = 1, queues = 16, media = ["voice"], agents = 22, now, names = NAMES, quiet = false } = {}) {
    this.random = randomOf(seed);
    this.now = now;
    this.queues = Array.from({ length: queues }, (_, index) => ({
      id: `q${String(index).padStart(3, "0")}`,
      name: names[index] ?? `${names[index % names.length]} ${Math.floor(index / names.length) + 1}`,
      load: 0.3 + this.random() * 1.4,
      skill: quiet ? 1.1 : 0.9 + this.random() * 0.24,
    }));
    this.subjects = this.queues.flatMap((queue) => media.map((name) => ({ queue, subject: `queue#${queue.id}#${name}` })));
    const target = (queue) => (queue.name === "VIP service" ? { target: 0.9, thresholdMs: 10_000 } : { target: 0.8, thresholdMs: 20_000 });
    this.catalog.queues = this.queues.map((queue) => ({ id: queue.id, name: queue.name, serviceLevels: { voice: target(queue) } }));
    for (const part of this.subjects) this.#fillDay(part);
    this.#fillAgents(agents);
    this.#fillBudget();
    this.changes.clear();
  }

  /** A row with some sums added, or set; the next push sends it. */
  change(subject, bucket, sums, { set = false, computed = {} } = {}) {
    const key = `${subject}|${bucket}`;
    const before = this.rows.get(key);
    const metrics = { ...before?.metrics };
    for (const [name, value] of Object.entries(sums)) {
      metrics[name] = set ? value : (metrics[name] ?? 0) + value;
      if (!metrics[name]) delete metrics[name];
    }
    const row = { subject, bucket, epoch: before?.epoch ?? "1.1", version: (before?.version ?? 0) + 1, at: iso(this.now()), metrics, computed: { ...computedOf(metrics), ...computed } };
    if (!this.changes.has(key)) this.changes.set(key, before);
    this.rows.set(key, row);
  }

  /** The changes since the last call, as deltas. */
  takeDeltas() {
    const deltas = [...this.changes].map(([key, before]) => deltaOf(before, this.rows.get(key)));
    this.changes.clear();
    return deltas;
  }

  /** A second of a contact centre; with `share` 1 every queue changes. */
  second(share = 0.12) {
    for (const part of this.subjects) if (this.random() < share) this.#calls(part, 1, this.now());
    for (const part of this.subjects) if (this.random() < share) this.setWaiting(part.subject, this.#waits(part));
    if (this.random() < 0.3) this.change("api#budget", "now", { "minute.used": Math.floor(this.random() * 12), "minute.allowed": 60, "day.used": 812, "day.allowed": 20_000, "month.used": 9_400, "month.allowed": 400_000, due: Math.floor(this.random() * 9) }, { set: true });
  }

  setWaiting(subject, count, sinceMs = 5_000 + this.random() * 40_000 * (1 + count / 4)) {
    const waitingSince = count ? { waitingSince: iso(this.now() - sinceMs) } : { waitingSince: undefined };
    this.change(subject, "now", { oWaiting: count, oInteracting: 3 + Math.floor(this.random() * 9) }, { set: true, computed: waitingSince });
  }

  #waits({ queue }) {
    return Math.floor(this.random() ** 3 * 9 * queue.load * (queue.skill < 0.96 ? 2 : 1));
  }

  #fillDay(part) {
    const now = this.now();
    const start = Math.floor(now / (24 * 60 * MINUTE_MS)) * 24 * 60 * MINUTE_MS + 6 * 60 * MINUTE_MS;
    for (let time = Math.min(start, now - 3 * INTERVAL_MS); time <= now; time += INTERVAL_MS) {
      const hour = new Date(time).getUTCHours() + new Date(time).getUTCMinutes() / 60;
      const rush = Math.exp(-(((hour - 9) / 2.2) ** 2)) + 0.7 * Math.exp(-(((hour - 13.5) / 2) ** 2)) + 0.12;
      this.#calls(part, Math.round(34 * part.queue.load * rush * (0.8 + this.random() * 0.4)), time, rush);
    }
    this.setWaiting(part.subject, this.#waits(part));
    const staff = 4 + Math.floor(this.random() * 9);
    const idle = Math.floor(this.random() * 4);
    const users = { oMemberUsers: staff + 3, oActiveUsers: staff, "oOnQueueUsers.IDLE": idle, "oOnQueueUsers.INTERACTING": staff - idle };
    this.change(`queue#${part.queue.id}#agents`, "now", users, { set: true, computed: idle ? { idleSince: iso(now - this.random() * 900_000) } : {} });
  }

  #calls({ subject, queue }, count, time, rush = 0.5) {
    if (!count) return;
    const sums = {};
    const add = (name, value) => (sums[name] = (sums[name] ?? 0) + value);
    for (let call = 0; call < count; call++) {
      add("nOffered", 1);
      const wait = Math.floor((-Math.log(1 - this.random()) * 9_000 * rush) / queue.skill ** 5);
      if (this.random() < 0.02 + wait / 1_500_000) add("tAbandon.count", 1), add("tAbandon.sum", wait);
      else {
        add("tAnswered.count", 1), add("tAnswered.sum", wait);
        if (wait > 20_000) add("nOverSla", 1);
        const handle = 120_000 + this.random() * 260_000;
        add("tHandle.count", 1), add("tHandle.sum", Math.floor(handle));
      }
      if (this.random() < 0.004) add("repaired", 1);
    }
    for (const bucket of [intervalOf(time), dayOf(time)]) this.change(subject, bucket, sums);
  }

  #fillAgents(count) {
    const states = ["INTERACTING", "INTERACTING", "INTERACTING", "IDLE", "COMMUNICATING", "NOT_RESPONDING", "BREAK", "MEETING"];
    for (let index = 0; index < count; index++) {
      const status = states[Math.floor(this.random() ** 1.3 * states.length)];
      const since = Math.floor(this.now() - this.random() ** 2 * 1_500_000);
      const isPresence = status === "BREAK" || status === "MEETING";
      const subject = `agent#u${index}`;
      const name = AGENT_NAMES[index % AGENT_NAMES.length];
      const values = isPresence ? { "routingStatus.OFF_QUEUE": since, [`systemPresence.${status}`]: since } : { [`routingStatus.${status}`]: since, "systemPresence.ON_QUEUE": since };
      this.change(subject, "now", values, { set: true });
      this.rows.get(`${subject}|now`).name = name;
    }
  }

  #fillBudget() {
    this.change("api#budget", "now", { "minute.used": 4, "minute.allowed": 60, "day.used": 811, "day.allowed": 20_000, "month.used": 9_400, "month.allowed": 400_000, due: 3 }, { set: true });
    for (const [back, used] of [[1, 1_902], [0, 811]]) this.change("api#budget", dayOf(this.now() - back * 24 * 3600_000), { "day.used": used }, { set: true });
  }
}

function computedOf(metrics) {
  const value = (name) => metrics[name] ?? 0;
  const ratio = (part, whole) => (whole ? part / whole : undefined);
  const [answered, abandoned] = [value("tAnswered.count"), value("tAbandon.count")];
  return {
    serviceLevel: ratio(answered - value("nOverSla"), answered + abandoned),
    answerRate: ratio(answered, value("nOffered")),
    abandonRate: ratio(abandoned, value("nOffered")),
    asaMs: ratio(value("tAnswered.sum"), answered),
    ahtMs: ratio(value("tHandle.sum"), value("tHandle.count")),
  };
}

function deltaOf(before, after) {
  const { subject, bucket, epoch, version, at, metrics, computed } = after;
  const old = before?.metrics ?? {};
  const names = [...new Set([...Object.keys(old), ...Object.keys(metrics)])].filter((name) => old[name] !== metrics[name]);
  const set = Object.fromEntries(names.filter((name) => name in metrics).map((name) => [name, metrics[name]]));
  return { subject, bucket, epoch, base: before?.version ?? 0, version, at, set, unset: names.filter((name) => !(name in metrics)), computed };
}
