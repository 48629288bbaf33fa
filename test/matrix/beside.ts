import type { Provider } from "@digest-sync/engine";

/** What the app has beside its tables: a view, a trigger of its own, a routine. Each is one call of the driver. */
export const beside: Readonly<Record<Provider, readonly string[]>> = {
  sqlite: [
    `CREATE VIEW "red_cards" AS SELECT "id", "title" FROM "Card" WHERE "boardId" = 'b1'`,
    `CREATE TRIGGER "write_red_card" INSTEAD OF UPDATE ON "red_cards"
     BEGIN UPDATE "Card" SET "title" = NEW."title" WHERE "id" = OLD."id"; END`,
    `CREATE TRIGGER "count_reader" AFTER UPDATE ON "Reader" BEGIN UPDATE "Card" SET "votes" = "votes" + 100 WHERE "id" = 'c1'; END`,
  ],
  postgresql: [
    `CREATE VIEW "red_cards" AS SELECT "id", "title" FROM "Card" WHERE "boardId" = 'b1'`,
    `CREATE FUNCTION "count_reader"() RETURNS trigger LANGUAGE plpgsql AS
     $$ BEGIN UPDATE "Card" SET "votes" = "votes" + 100 WHERE "id" = 'c1'; RETURN NULL; END $$`,
    `CREATE TRIGGER "count_reader" AFTER UPDATE ON "Reader" FOR EACH ROW EXECUTE FUNCTION "count_reader"()`,
  ],
  mysql: [
    "CREATE VIEW `red_cards` AS SELECT `id`, `title` FROM `Card` WHERE `boardId` = 'b1'",
    "CREATE TRIGGER `count_reader` AFTER UPDATE ON `Reader` FOR EACH ROW UPDATE `Card` SET `votes` = `votes` + 100 WHERE `id` = 'c1'",
    "CREATE PROCEDURE `vote`(IN count INT) BEGIN UPDATE `Card` SET `votes` = count; DELETE FROM `Note` WHERE `id` = 1; END",
  ],
};
