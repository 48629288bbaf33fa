import { messageLimits } from "./message-limits.js";

/** Every bound of the protocol, in one place. PROTOCOL.md lists the same numbers. */
export const limits = {
  ...messageLimits,
  /** Bytes of a request body: 32,768 cells of at most 17 bytes, and the rest of the message. */
  requestBytes: 640 * 1024,
  /** The same in JSON, which costs its reader several times as much: some 9,000 cells. (Express reads 100 kB by default.) */
  jsonBytes: 256 * 1024,
  /** Rows the server puts into one answer: through the ORM each costs some 30 us. */
  pageRows: 1_000,
  /** Index lookups (differing elements x scopes) for one answer. */
  lookups: 50_000,
  /** Rows looked through for elements that no index knows: those of windows 1 to 3. Beyond: bulk. */
  scannedRows: 100_000,
  /** Requests of one grant that are compared or paged at a time; the others wait, and cost only themselves. */
  concurrency: 4,
  /** Scopes (collection x granted values) one request may cover. */
  scopes: 1_000,
  /** Pending changes that a request settles before it asks the client to come back. */
  settleRows: 5_000,
  /** Milliseconds of settling inside a request. */
  settleMs: 200,
} as const;
