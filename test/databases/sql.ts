import type { Provider } from "@digest-sync/engine";

/** The provider by the name of the database: this module may not wait for the database itself. */
const provider = ({ pglite: "postgresql", postgresql: "postgresql", mysql: "mysql" }[process.env.TEST_DATABASE ?? ""] ??
  "sqlite") as Provider;

/**
 * Tests write SQL in one way, `UPDATE "Contact" SET "name" = ? WHERE "id" = ?`: identifiers in double quotes, a `?` for each
 * parameter. This is the same in the way of the database that the run is on.
 */
export const sql = (statement: string): string => translate(statement, provider);

export function translate(statement: string, to: Provider): string {
  if (to === "sqlite") return statement;
  let parameters = 0;
  return statement.replaceAll(/'(?:[^']|'')*'|"[^"]*"|\?/g, (token) => {
    if (token === "?") {
      parameters += 1;
      return to === "postgresql" ? `$${parameters}` : "?";
    }
    return token.startsWith('"') && to === "mysql" ? `\`${token.slice(1, -1)}\`` : token;
  });
}
