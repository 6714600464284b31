/**
 * Svelte stores: `$rows` and `$connection` in a component.
 *
 * @module
 */
import type { Client, QueryOptions, Row, StateEvent } from "./index.js";

/** Svelte's contract of a store: a subscriber is called at once, and after each change. */
export interface Readable<T> {
  subscribe(run: (value: T) => void): () => void;
}

/** The rows of a query. */
export function rowsStore(client: Client, options: QueryOptions): Readable<readonly Row[]> {
  const query = client.query(options);
  return readable(query.rows, query.subscribe);
}

/** The state of the connection, with its reason. */
export function connectionStore(client: Client): Readable<StateEvent> {
  return readable(() => client.stateEvent, (listener) => client.on("state", listener));
}

function readable<T>(current: () => T, listen: (listener: () => void) => () => void): Readable<T> {
  return {
    subscribe(run) {
      const end = listen(() => run(current()));
      run(current());
      return end;
    },
  };
}
