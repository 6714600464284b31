/**
 * What every part of the board needs: the words, the formats, the view, and how to change it.
 *
 * @module
 */
import type { Client } from "@headroom/client";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Snapshot } from "../logic/board.js";
import type { Formats } from "../logic/format.js";
import type { History } from "../logic/history.js";
import type { View } from "../logic/view.js";
import type { Words } from "../languages.js";

export interface BoardContext {
  readonly client: Client;
  readonly history: History;
  readonly snapshot: Snapshot;
  readonly words: Words;
  readonly lang: string;
  readonly formats: Formats;
  readonly view: View;
  /** Changes the view, and with it the address. */
  readonly change: (part: Partial<View>) => void;
}

const Context = createContext<BoardContext | undefined>(undefined);
export const BoardProvider = Context.Provider;

export function useBoard(): BoardContext {
  const context = useContext(Context);
  if (!context) throw new Error("a part of the board stands outside of it");
  return context;
}
