import type { Operation } from "./operation.js";

const where = { id: "b1" };

/** Writes to one model inside a write to another. */
export const nestedOperations: readonly Operation[] = [
  {
    name: "nested create, of a list",
    run: (db) =>
      db.team.create({
        data: {
          id: 9,
          name: "nine",
          boards: {
            create: {
              id: "n1",
              name: "n",
              cards: {
                create: [
                  { id: "n1", title: "a" },
                  { id: "n2", title: "b" },
                ],
              },
            },
          },
        },
      }),
  },
  {
    name: "nested create, of the parent",
    run: (db) =>
      db.card.create({
        data: { id: "n1", title: "n", board: { create: { id: "n1", name: "n", team: { connect: { id: 2 } } } } },
      }),
  },
  {
    name: "nested createMany",
    run: (db) =>
      db.board.update({
        where,
        data: {
          cards: {
            createMany: {
              data: [
                { id: "n1", title: "a" },
                { id: "n2", title: "b" },
              ],
            },
          },
        },
      }),
  },
  {
    name: "nested connect, of a list",
    run: (db) => db.board.update({ where, data: { cards: { connect: [{ id: "c3" }, { id: "c4" }] } } }),
  },
  {
    name: "nested connect, of the parent",
    run: (db) => db.card.update({ where: { id: "c1" }, data: { board: { connect: { id: "b3" } } } }),
  },
  {
    name: "nested connectOrCreate, connecting",
    run: (db) =>
      db.board.update({
        where,
        data: { cards: { connectOrCreate: { where: { id: "c4" }, create: { id: "c4", title: "n" } } } },
      }),
  },
  {
    name: "nested connectOrCreate, creating",
    run: (db) =>
      db.card.update({
        where: { id: "c1" },
        data: {
          board: {
            connectOrCreate: { where: { id: "n1" }, create: { id: "n1", name: "n", team: { connect: { id: 3 } } } },
          },
        },
      }),
  },
  {
    name: "nested disconnect, of a list",
    run: (db) =>
      db.card.update({ where: { id: "c1" }, data: { children: { disconnect: [{ id: "c2" }, { id: "c3" }] } } }),
  },
  {
    name: "nested disconnect, of the parent",
    run: (db) => db.note.update({ where: { id: 1 }, data: { card: { disconnect: true } } }),
  },
  {
    name: "nested set",
    run: (db) => db.card.update({ where: { id: "c1" }, data: { children: { set: [{ id: "c3" }, { id: "c4" }] } } }),
  },
  {
    name: "nested update, of a list",
    run: (db) => db.board.update({ where, data: { cards: { update: { where: { id: "c1" }, data: { title: "u" } } } } }),
  },
  {
    name: "nested update, of the parent",
    run: (db) => db.card.update({ where: { id: "c1" }, data: { board: { update: { teamId: 2 } } } }),
  },
  {
    name: "nested updateMany",
    run: (db) =>
      db.board.update({ where, data: { cards: { updateMany: { where: {}, data: { votes: { increment: 1 } } } } } }),
  },
  {
    name: "nested upsert, creating",
    run: (db) =>
      db.card.update({
        where: { id: "c4" },
        data: { note: { upsert: { create: { id: 4, text: "n" }, update: { text: "u" } } } },
      }),
  },
  {
    name: "nested upsert, updating",
    run: (db) =>
      db.board.update({
        where,
        data: { cards: { upsert: { where: { id: "c1" }, create: { id: "c1", title: "n" }, update: { title: "u" } } } },
      }),
  },
  {
    name: "nested delete, of a list",
    run: (db) => db.board.update({ where, data: { cards: { delete: { id: "c1" } } } }),
  },
  {
    name: "nested delete, of one",
    run: (db) => db.card.update({ where: { id: "c1" }, data: { note: { delete: true } } }),
  },
  { name: "nested deleteMany", run: (db) => db.board.update({ where, data: { cards: { deleteMany: {} } } }) },
];

/** Implicit many-to-many relations: `labels` is part of a card's row, `readers` is not. */
export const listOperations: readonly Operation[] = [
  {
    name: "list: connect",
    run: (db) => db.card.update({ where: { id: "c1" }, data: { labels: { connect: { id: 2 } } } }),
  },
  {
    name: "list: connect, from the other side",
    run: (db) => db.label.update({ where: { id: 2 }, data: { cards: { connect: [{ id: "c1" }, { id: "c4" }] } } }),
  },
  {
    name: "list: disconnect",
    run: (db) => db.card.update({ where: { id: "c1" }, data: { labels: { disconnect: { id: 10 } } } }),
  },
  {
    name: "list: disconnect, from the other side",
    run: (db) => db.label.update({ where: { id: 10 }, data: { cards: { disconnect: [{ id: "c1" }, { id: "c4" }] } } }),
  },
  {
    name: "list: set",
    run: (db) => db.card.update({ where: { id: "c1" }, data: { labels: { set: [{ id: 1 }, { id: 2 }] } } }),
  },
  { name: "list: set, to none", run: (db) => db.card.update({ where: { id: "c1" }, data: { labels: { set: [] } } }) },
  {
    name: "list: create",
    run: (db) => db.card.update({ where: { id: "c3" }, data: { labels: { create: { id: 3, name: "three" } } } }),
  },
  {
    name: "list: connectOrCreate",
    run: (db) =>
      db.card.create({
        data: {
          ...{ id: "n1", title: "n", boardId: "b2" },
          labels: {
            connectOrCreate: [
              { where: { id: 1 }, create: { id: 1, name: "urgent" } },
              { where: { id: 3 }, create: { id: 3, name: "three" } },
            ],
          },
        },
      }),
  },
  {
    name: "list: update of the other side's key",
    run: (db) => db.label.update({ where: { id: 10 }, data: { id: 100 } }),
  },
  { name: "list: delete of the other side", run: (db) => db.label.delete({ where: { id: 10 } }) },
  {
    name: "list: delete of the other side, nested",
    run: (db) => db.card.update({ where: { id: "c1" }, data: { labels: { delete: { id: 1 } } } }),
  },
  {
    name: "list not synced: connect, disconnect, set",
    run: (db) =>
      db.card.update({
        where: { id: "c1" },
        data: { votes: 8, readers: { connect: { id: 2 }, disconnect: { id: 1 } } },
      }),
  },
];
