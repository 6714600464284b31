/**
 * Live contact-centre KPIs from Headroom: rows that say whether they are current.
 *
 * @module
 */
export { type BucketKind, type BucketSpan, bucketSpan } from "./buckets.js";
export {
  type Client,
  type ClientEvents,
  type ClientOptions,
  type ConnectionState,
  createClient,
  type StateEvent,
} from "./client.js";
export type { WebSocketLike } from "./connection.js";
export type {
  Catalog,
  CatalogQueue,
  Computed,
  ErrorCode,
  RefusedSubject,
  RowData,
  ServiceLevel,
  ServiceLevels,
} from "./protocol.js";
export type { Query, QueryOptions } from "./query.js";
export type { Row, RowState } from "./store.js";
export { type ServiceLevelFormula, type Sum, sum } from "./sum.js";
export { type TokenReason, UnauthorizedError } from "./transport.js";
