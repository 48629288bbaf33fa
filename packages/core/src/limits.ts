/** Every bound of the protocol, in one place. PROTOCOL.md lists the same numbers. */
export const limits = {
  /** Coded symbols a sketch may have. */
  cells: 32_768,
  /** Bytes of a request body: 32,768 cells of at most 17 bytes, and the rest of the message. */
  requestBytes: 640 * 1024,
  /** The same in JSON, which costs its reader several times as much: some 9,000 cells. (Express reads 100 kB by default.) */
  jsonBytes: 256 * 1024,
  /** Properties of a message, those that are ignored included. */
  properties: 64,
  /** Bytes of row encodings in one answer; a single larger row is sent alone. */
  answerBytes: 2 * 1024 * 1024,
  /** Rows in one answer, that is: rows a client accepts. */
  answerRows: 5_000,
  /** Rows the server puts into one answer: through the ORM each costs some 30 us. */
  pageRows: 1_000,
  /** Index lookups (differing elements x scopes) for one answer. */
  lookups: 50_000,
  /** Rows looked through for elements that no index knows: those of windows 1 to 3. Beyond: bulk. */
  scannedRows: 100_000,
  /** Requests of one grant that are compared or paged at a time; the others wait, and cost only themselves. */
  concurrency: 4,
  /** Collections a request may name. */
  collections: 256,
  /** Scopes (collection x granted values) one request may cover. */
  scopes: 1_000,
  /** Nesting of a JSON value. */
  depth: 128,
  /** Pending changes that a request settles before it asks the client to come back. */
  settleRows: 5_000,
  /** Milliseconds of settling inside a request. */
  settleMs: 200,
  /** Cells kept with a scope in the database. */
  storedCells: 256,
} as const;
