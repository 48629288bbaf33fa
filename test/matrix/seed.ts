/** The rows every cell of the matrix starts from, parents first. */
export const seed: Readonly<Record<string, readonly Readonly<Record<string, string | number | null>>[]>> = {
  Team: [
    { id: 1, name: "red" },
    { id: 2, name: "blue" },
    { id: 3, name: "without boards" },
  ],
  Board: [
    { id: "b1", teamId: 1, name: "Todo" },
    { id: "b2", teamId: 1, name: "Done" },
    { id: "b3", teamId: 2, name: "Todo" },
  ],
  Card: [
    { id: "c1", boardId: "b1", title: "first", code: "one", votes: 3, parentId: null },
    { id: "c2", boardId: "b1", title: "second", code: null, votes: 0, parentId: "c1" },
    { id: "c3", boardId: "b2", title: "third", code: "three", votes: 1, parentId: "c1" },
    { id: "c4", boardId: "b3", title: "fourth", code: null, votes: 9, parentId: null },
  ],
  Note: [
    { id: 1, cardId: "c1", text: "on the first" },
    { id: 2, cardId: null, text: "on nothing" },
    { id: 3, cardId: "c3", text: "on the third" },
  ],
  Label: [
    { id: 1, name: "urgent" },
    { id: 2, name: "later" },
    { id: 10, name: "idea" },
  ],
  Reader: [
    { id: 1, name: "Ada" },
    { id: 2, name: "Grace" },
  ],
  _CardToLabel: [
    { A: "c1", B: 1 },
    { A: "c1", B: 10 },
    { A: "c2", B: 2 },
    { A: "c4", B: 10 },
  ],
  _CardToReader: [
    { A: "c1", B: 1 },
    { A: "c3", B: 2 },
  ],
  Owner: ["nobody", "cascade", "setNull", "setDefault", "restrict", "noAction"].map((code) => ({ code, name: code })),
  OnCascade: children("cascade"),
  OnSetNull: children("setNull"),
  OnSetDefault: children("setDefault"),
  OnRestrict: children("restrict"),
  OnNoAction: children("noAction"),
};

/** The columns of every table, those the seed leaves to their defaults included. */
export const columns: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(Object.entries(seed).map(([table, [row]]) => [table, Object.keys(row ?? {})])),
  Card: ["id", "boardId", "title", "code", "votes", "weight", "total", "price", "parentId"],
};

function children(ownerCode: string) {
  return [
    { id: 1, ownerCode },
    { id: 2, ownerCode },
    { id: 3, ownerCode: "nobody" },
  ];
}

function literal(value: string | number | null): string {
  return typeof value === "string" ? `'${value}'` : String(value);
}

/** SQL that brings the tables back to the seed, whatever was written. Names are in double quotes. */
export function reseed(): string[] {
  const tables = Object.keys(seed);
  return [
    // Rows that refer to rows of their own table.
    `UPDATE "Card" SET "parentId" = NULL`,
    ...tables.toReversed().map((table) => `DELETE FROM "${table}"`),
    ...tables.map((table) => {
      const rows = seed[table] ?? [];
      const names = Object.keys(rows[0] ?? {}).map((name) => `"${name}"`);
      const values = rows.map((row) => `(${Object.values(row).map(literal).join(", ")})`);
      return `INSERT INTO "${table}" (${names.join(", ")}) VALUES ${values.join(", ")}`;
    }),
  ];
}
