import { eachIsNeeded } from "./triggers/each-is-needed.js";

// The triggers that every database has. Those that only one has are tested in the folder of its name.

eachIsNeeded({
  insert: `INSERT INTO "Account" ("id", "name", "email") VALUES ('a9', 'new', 'a9@example.com')`,
  update: `UPDATE "Account" SET "name" = 'other' WHERE "id" = 'a1'`,
  delete: `DELETE FROM "Account" WHERE "id" = 'a1'`,
});
