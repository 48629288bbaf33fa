/** How much is measured. */
export interface Size {
  /** Rows, digests or elements in one round of the benches that need no database. */
  readonly rows: number;
  readonly rounds: number;
  /** Rows settled in one round. */
  readonly settleRows: number;
  readonly settleRounds: number;
  readonly write: {
    /** Contacts that are there before. */
    readonly contacts: number;
    /** Single writes in one round. */
    readonly single: number;
    readonly rounds: number;
    /** Writes in one round of several writers. */
    readonly sustained: number;
    /** Rows of one createMany, and how many of them make a round. */
    readonly many: readonly { readonly rows: number; readonly calls: number; readonly rounds: number }[];
  };
  readonly verify: { readonly contacts: number; readonly requests: number; readonly rounds: number };
  /** Rows of a first sync. */
  readonly firstSync: { readonly cities: number; readonly rounds: number };
  readonly wire: {
    /** Of the 135,233 cities. */
    readonly cities: number;
    /** Numbers of changed rows. */
    readonly changed: readonly number[];
    /** Syncs measured for each of them. */
    readonly runs: number;
  };
}

export const fullSize: Size = {
  rows: 50_000,
  rounds: 21,
  settleRows: 20_000,
  settleRounds: 7,
  write: {
    contacts: 5_000,
    single: 300,
    rounds: 24,
    sustained: 3_000,
    many: [
      { rows: 1_000, calls: 4, rounds: 15 },
      { rows: 10_000, calls: 1, rounds: 5 },
    ],
  },
  verify: { contacts: 5_000, requests: 500, rounds: 15 },
  firstSync: { cities: 135_233, rounds: 5 },
  wire: { cities: 135_233, changed: [0, 1, 3, 10, 100, 1_000], runs: 300 },
};

/** Everything runs once; the figures mean nothing. */
export const quickSize: Size = {
  rows: 500,
  rounds: 1,
  settleRows: 600,
  settleRounds: 1,
  write: { contacts: 20, single: 5, rounds: 1, sustained: 20, many: [{ rows: 50, calls: 2, rounds: 1 }] },
  verify: { contacts: 20, requests: 16, rounds: 1 },
  firstSync: { cities: 1_200, rounds: 1 },
  wire: { cities: 2_000, changed: [0, 1, 3, 10], runs: 3 },
};
