/** What an app is to do: its first message. */
export interface AppTask {
  readonly database: string;
  readonly url: string;
  readonly seed: number;
  /** Path of its ledger. */
  readonly ledger: string;
  /** The lanes it writes along, and the next step of each. */
  readonly positions: readonly { readonly lane: number; readonly index: number }[];
  /** Leave it to the settler to report its errors, on the console. */
  readonly warns: boolean;
}

/** Later messages. */
export interface Told {
  readonly do: "pause" | "resume";
}

export type AppSays =
  | { readonly say: "ready" }
  /** No write is under way. `failures` of the settler since the last pause, if it does not report them itself. */
  | { readonly say: "paused"; readonly failures: number }
  | { readonly say: "fault"; readonly fault: string };
