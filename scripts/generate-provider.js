import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { digestModels } from "../packages/prisma/dist/generator/digest-models.js";
import { databaseDefinition } from "../prisma/create-database.js";
import { derivedPath, deriveSchema } from "./derive-schema.js";
import { generate } from "./generate.js";
import { outputsOf } from "./prepare.js";
import { root } from "./run.js";
import { digestOf, isFresh, stampOf, writeStamp } from "./stamp.js";

// For one provider and each of the schemas given (`generate-provider.js mysql prisma/schema.prisma ...`): its derived schema,
// its Prisma client, its manifest and the SQL that makes its tables. A process of its own, because it needs what `prepare`
// has just installed and compiled.

const [provider, ...schemas] = process.argv.slice(2);
for (const schema of schemas) await generateFor(provider, schema);

async function generateFor(provider, schema) {
  const path = derivedPath(schema, provider);
  const definition = path.replace(/\.prisma$/, ".sql");
  const text = deriveSchema(schema, provider, digestModels(provider));
  mkdirSync(dirname(path), { recursive: true });
  if (!existsSync(path) || readFileSync(path, "utf8") !== text) writeFileSync(path, text);

  const own = ["generate-provider.js", "mysql-definition.js", "mysql-tables.js"].map((name) =>
    join(root, "scripts", name),
  );
  const generator = join(root, "packages/prisma/dist/generator");
  const inputs = digestOf([
    path,
    ...own,
    join(root, "prisma/create-database.js"),
    join(root, "package-lock.json"),
    `${generator}.js`,
    generator,
  ]);
  const stamp = stampOf(`generate-${provider}-${basename(schema)}`);
  if (isFresh(stamp, inputs) && [definition, ...outputsOf(path)].every((output) => existsSync(output))) return;
  console.error(`Generating from ${basename(schema)} for ${provider} ...`);
  generate(root, path);
  if (provider === "postgresql") writeFileSync(definition, await databaseDefinition(path));
  writeStamp(stamp, inputs);
}
