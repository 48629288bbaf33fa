/** The bounds that a client keeps as well, apart so that its bundle has no others. */
export const messageLimits = {
  /** Coded symbols a sketch may have. */
  cells: 32_768,
  /** Properties of a message, those that are ignored included. */
  properties: 64,
  /** Bytes of row encodings in one answer; a single larger row is sent alone. */
  answerBytes: 2 * 1024 * 1024,
  /** Rows in one answer, that is: rows a client accepts. */
  answerRows: 5_000,
  /** Collections a request may name. */
  collections: 256,
  /** Nesting of a JSON value. */
  depth: 128,
  /** Cells kept with a scope in the database. */
  storedCells: 256,
} as const;
