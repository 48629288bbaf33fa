import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { root } from "./run.js";

// The schemas in prisma/ are SQLite's. For each other provider one is derived from each of them, into prisma/generated:
// the same models, the tables of Digest Sync as that provider has them, and what this provider alone can do.

/** Providers beside SQLite that the tests run on. */
export const otherProviders = ["postgresql", "mysql"];

/** Where a derived schema is written; what it generates stands beside it. */
export const derivedPath = (schema, provider) => join(root, "prisma/generated", provider, basename(schema));

/** Models that only one provider can have, appended to its schema: `prisma/postgresql/types.prisma`. */
export const additionsPath = (schema, provider) => join(root, "prisma", provider, basename(schema));

/** @param {string} digestModels the provider's own models of Digest Sync */
export function deriveSchema(schema, provider, digestModels) {
  const additions = additionsPath(schema, provider);
  const parts = [
    `// Derived from prisma/${basename(schema)} for ${provider} by scripts/derive-schema.js. Do not edit.\n`,
    withAttributes(readFileSync(schema, "utf8"), provider)
      .replace(/(provider\s*=\s*)"sqlite"/, `$1"${provider}"`)
      .replaceAll('"./generated/', '"./')
      .replaceAll(digestModel, ""),
    existsSync(additions) ? readFileSync(additions, "utf8") : "",
    digestModels,
    provider === "mysql" ? definitionGenerator(schema) : "",
  ];
  return parts.filter((part) => part !== "").join("\n");
}

/** A model of Digest Sync's tables, with the comment above it. */
const digestModel = /(?:^(?:\/\/.*)?\n)*^model \w+ \{(?:(?!^\}$)[\s\S])*@@map\("_digest_\w+"\)\s*^\}\n?/gm;

/** `body String // mysql: @db.Text` says what a field needs on one provider. */
function withAttributes(text, provider) {
  return text.replaceAll(/^(.*\S) +\/\/ (\w+): (@.*)$/gm, (_, field, name, attributes) =>
    name === provider ? `${field} ${attributes}` : field,
  );
}

/** Writes the SQL that makes the tables: Prisma's own engine cannot do that for MySQL without a server. */
const definitionGenerator = (schema) => `generator definition {
  provider = "node ${join(root, "scripts/mysql-definition.js").replaceAll("\\", "/")}"
  output   = "./${basename(schema, ".prisma")}.sql"
}
`;
