import type { Operation } from "./operation.js";

/** What the database does by itself when a row that others refer to goes, or changes its key. */
const remove = (code: string) => ({ run: (db) => db.owner.delete({ where: { code } }) }) satisfies Partial<Operation>;
const rename = (code: string) =>
  ({ run: (db) => db.owner.update({ where: { code }, data: { code: `${code}2` } }) }) satisfies Partial<Operation>;

export const actionOperations: readonly Operation[] = [
  { name: "onDelete: Cascade", ...remove("cascade") },
  { name: "onDelete: SetNull", ...remove("setNull") },
  { name: "onDelete: SetDefault", on: ["sqlite", "postgresql"], ...remove("setDefault") },
  { name: "onDelete: Restrict", refused: true, ...remove("restrict") },
  { name: "onDelete: NoAction", refused: true, ...remove("noAction") },
  { name: "onUpdate: Cascade", ...rename("cascade") },
  { name: "onUpdate: SetNull", ...rename("setNull") },
  { name: "onUpdate: SetDefault", on: ["sqlite", "postgresql"], ...rename("setDefault") },
  { name: "onUpdate: Restrict", refused: true, ...rename("restrict") },
  { name: "onUpdate: NoAction", refused: true, ...rename("noAction") },
  { name: "onDelete: Cascade, through two tables", run: (db) => db.board.delete({ where: { id: "b1" } }) },
  {
    name: "onUpdate: Cascade, through two tables",
    run: (db) => db.board.update({ where: { id: "b1" }, data: { id: "B1" } }),
  },
  { name: "onUpdate: Cascade, of a scope", run: (db) => db.team.update({ where: { id: 1 }, data: { id: 11 } }) },
  { name: "onDelete: SetNull, to the same table", run: (db) => db.card.delete({ where: { id: "c1" } }) },
  {
    name: "onDelete: several actions at once",
    run: (db) => db.owner.deleteMany({ where: { code: { in: ["cascade", "setNull"] } } }),
  },
];
