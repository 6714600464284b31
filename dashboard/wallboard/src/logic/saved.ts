/**
 * Named views of this device: an address for each name. They can be saved as a file and read from one.
 *
 * @module
 */
import { readView, writeView } from "./view.js";

const NAME = "headroom.views";
const VIEWS_MAX = 100;

export type SavedViews = Readonly<Record<string, string>>;

export function loadViews(storage: Pick<Storage, "getItem">): SavedViews {
  return parseViews(storage.getItem(NAME) ?? "{}");
}

export function storeViews(storage: Pick<Storage, "setItem">, views: SavedViews): void {
  storage.setItem(NAME, JSON.stringify(views));
}

/** Views of a file; what is none is left out. */
export function parseViews(text: string): SavedViews {
  try {
    const value = JSON.parse(text) as Record<string, unknown>;
    const entries = Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === "string");
    return Object.fromEntries(entries.slice(0, VIEWS_MAX).map(([name, address]) => [name, writeView(readView(address))]));
  } catch {
    return {};
  }
}
