import type { Client, Operation } from "./operation.js";

const card = { boardId: "b1", title: "new", total: 7n, price: "1.50" };
/** Operations that a database's client lacks in its types exist at run time where `on` says so. */
// biome-ignore lint/suspicious/noExplicitAny: see above
const loose = (db: Client) => db as any;

/** Prisma's operations on rows of one model. */
export const rowOperations: readonly Operation[] = [
  { name: "create", run: (db) => db.card.create({ data: { id: "n1", ...card } }) },
  {
    name: "create, of a field subset",
    run: (db) => db.card.create({ data: { id: "n1", ...card }, select: { id: true } }),
  },
  { name: "create, unique value taken", refused: true, run: (db) => db.card.create({ data: { id: "c1", ...card } }) },
  {
    name: "createMany",
    run: (db) => db.card.createMany({ data: ["n1", "n2", "n3"].map((id) => ({ id, ...card })) }),
  },
  {
    name: "createMany, skipDuplicates",
    on: ["postgresql", "mysql"],
    run: (db) => loose(db).card.createMany({ data: ["c1", "n1"].map((id) => ({ id, ...card })), skipDuplicates: true }),
  },
  {
    name: "createManyAndReturn",
    on: ["sqlite", "postgresql"],
    run: (db) => loose(db).card.createManyAndReturn({ data: ["n1", "n2"].map((id) => ({ id, ...card })) }),
  },
  { name: "update", run: (db) => db.card.update({ where: { id: "c1" }, data: { title: "changed" } }) },
  { name: "update, to null", run: (db) => db.card.update({ where: { id: "c1" }, data: { code: null } }) },
  { name: "update, of the key", run: (db) => db.card.update({ where: { id: "c4" }, data: { id: "C4" } }) },
  { name: "update, to another scope", run: (db) => db.card.update({ where: { id: "c1" }, data: { boardId: "b3" } }) },
  {
    name: "update, row not found",
    refused: true,
    run: (db) => db.card.update({ where: { id: "x" }, data: { votes: 1 } }),
  },
  {
    name: "increment, decrement, multiply, divide",
    run: (db) =>
      db.card.update({
        where: { id: "c1" },
        data: { votes: { increment: 2 }, total: { decrement: 5n }, weight: { multiply: 1.5 }, price: { divide: 2 } },
      }),
  },
  {
    name: "updateMany",
    run: (db) => db.card.updateMany({ where: { boardId: "b1" }, data: { votes: { increment: 1 } } }),
  },
  { name: "updateMany, of all rows", run: (db) => db.card.updateMany({ data: { title: "all" } }) },
  {
    name: "updateMany, with limit",
    run: (db) => db.card.updateMany({ where: { id: "c2" }, data: { votes: 5 }, limit: 1 }),
  },
  {
    name: "updateMany, to another scope",
    run: (db) => db.board.updateMany({ where: { teamId: 1 }, data: { teamId: 3 } }),
  },
  {
    name: "updateManyAndReturn",
    on: ["sqlite", "postgresql"],
    run: (db) =>
      loose(db).card.updateManyAndReturn({ where: { boardId: "b1" }, data: { title: "x" }, select: { title: true } }),
  },
  {
    name: "upsert, creating",
    run: (db) => db.label.upsert({ where: { id: 7 }, create: { id: 7, name: "seven" }, update: { name: "7" } }),
  },
  {
    name: "upsert, updating",
    run: (db) => db.label.upsert({ where: { id: 1 }, create: { id: 1, name: "one" }, update: { name: "1" } }),
  },
  {
    // A relation in it makes Prisma read first and write then.
    name: "upsert emulated, creating",
    run: (db) =>
      db.card.upsert({
        where: { id: "n1", votes: 0 },
        create: { id: "n1", title: "n", board: { connect: { id: "b2" } }, labels: { connect: { id: 1 } } },
        update: { title: "u" },
      }),
  },
  {
    name: "upsert emulated, updating",
    run: (db) =>
      db.card.upsert({
        where: { id: "c3", votes: 1 },
        create: { id: "c3", title: "n", board: { connect: { id: "b2" } } },
        update: { title: "u", labels: { connect: { id: 1 } } },
      }),
  },
  { name: "delete", run: (db) => db.card.delete({ where: { id: "c4" } }) },
  { name: "delete, row not found", refused: true, run: (db) => db.card.delete({ where: { id: "x" } }) },
  { name: "deleteMany", run: (db) => db.card.deleteMany({ where: { votes: { gt: 2 } } }) },
  { name: "deleteMany, of all rows", run: (db) => db.card.deleteMany() },
  { name: "deleteMany, with limit", run: (db) => db.card.deleteMany({ where: { id: "c2" }, limit: 1 }) },
  {
    name: "$executeRaw",
    run: (db, provider) =>
      provider === "mysql"
        ? db.$executeRaw`UPDATE Card SET title = ${"raw"} WHERE id = ${"c1"}`
        : db.$executeRaw`UPDATE "Card" SET "title" = ${"raw"} WHERE "id" = ${"c1"}`,
  },
  {
    name: "$queryRaw, with RETURNING",
    run: (db, provider) =>
      provider === "mysql"
        ? db.$queryRaw`INSERT INTO Label (id, name) VALUES (${8}, ${"raw"}) RETURNING id, name`
        : db.$queryRaw`INSERT INTO "Label" ("id", "name") VALUES (${8}, ${"raw"}) RETURNING "id", "name"`,
  },
];
