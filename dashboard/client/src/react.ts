/**
 * React hooks. They need React 18 or later, or `preact/compat`.
 *
 * @module
 */
import { useMemo, useSyncExternalStore } from "react";
import type { Client, Query, QueryOptions, Row, StateEvent } from "./index.js";

/** A query that stays the same as long as its options say the same. */
export function useQuery(client: Client, options: QueryOptions): Query {
  return useMemo(() => client.query(options), [client, JSON.stringify(options)]);
}

/** The rows of a query: another array after each change, and none on a server. */
export function useRows(query: Query): readonly Row[] {
  return useSyncExternalStore(query.subscribe, query.rows, () => NONE);
}

/** One row of a query, by its key: it renders anew only if this row changed. */
export function useRow(query: Query, key: string): Row | undefined {
  return useSyncExternalStore(query.subscribe, () => query.row(key), () => undefined);
}

/** The state of the connection, with its reason. */
export function useConnection(client: Client): StateEvent {
  const current = () => client.stateEvent;
  return useSyncExternalStore((listener) => client.on("state", listener), current, current);
}

const NONE: readonly Row[] = [];
