import type { Provider } from "@digest-sync/engine";
import { type Client, quoted } from "./operation.js";
import { columns } from "./seed.js";

const array: Record<Provider, string> = {
  sqlite: "json_array",
  postgresql: "json_build_array",
  mysql: "JSON_ARRAY",
};

/** Everything that is in the app's tables as one text, in one statement: to be compared with another picture of the same database. */
export async function pictureOf(db: Client, provider: Provider): Promise<string> {
  const text = provider === "postgresql" ? "::text" : "";
  const rows = Object.entries(columns).map(([table, names]) => {
    const values = [`'${table}'`, ...names.map((name) => `"${name}"`)].join(", ");
    return `SELECT ${array[provider]}(${values})${text} AS "row" FROM "${table}"`;
  });
  const found = await db.$queryRawUnsafe<{ row: unknown }[]>(quoted(rows.join(" UNION ALL "), provider));
  return found
    .map(({ row }) => (typeof row === "string" ? row : JSON.stringify(row)))
    .sort()
    .join("\n");
}
