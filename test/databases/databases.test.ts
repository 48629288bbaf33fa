import { expect, test } from "vitest";
import { translate } from "./sql.js";

test("SQL of tests in each provider's way", () => {
  const statement = `UPDATE "a b" SET "c" = ?, "d" = '"?''' WHERE "e" = ?`;
  expect(translate(statement, "sqlite")).toBe(statement);
  expect(translate(statement, "postgresql")).toBe(`UPDATE "a b" SET "c" = $1, "d" = '"?''' WHERE "e" = $2`);
  expect(translate(statement, "mysql")).toBe("UPDATE `a b` SET `c` = ?, `d` = '\"?''' WHERE `e` = ?");
});
