/** The bare driver's connection: what a service in another language would use. */
export interface Connection {
  /** One call of the driver; the string may hold several statements. */
  execute(sql: string): Promise<unknown>;
  /** Ends it as a crash does: an open transaction is not committed. */
  end(): Promise<void>;
}

/** The database's own command line: fails when a statement does. */
export type Shell = (script: string) => Promise<void>;
