import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import helper, { type GeneratorOptions } from "@prisma/generator-helper";
import { clientModule, serverModule } from "./generator/emit.js";
import { Problems } from "./generator/problems.js";
import { readSchema } from "./generator/schema.js";

// Prisma starts this as a process of its own and talks to it over stdin and stderr; stdout reaches the user.
helper.generatorHandler({
  onManifest: () => ({ prettyName: "Digest Sync", defaultOutput: "./generated/digest-sync" }),
  onGenerate: generate,
});

/** @throws with every problem of the schema in its message: Prisma prints it and exits non-zero */
async function generate(options: GeneratorOptions): Promise<void> {
  const problems = new Problems();
  const schema = readSchema(options, problems);
  for (const warning of problems.warnings) process.stdout.write(`Digest Sync: warning: ${warning}\n`);
  if (problems.errors.length > 0) throw new Error(problems.message());
  const folder = options.generator.output!.value!;
  await mkdir(folder, { recursive: true });
  await writeChanged(join(folder, "client.ts"), clientModule(schema));
  await writeChanged(join(folder, "server.ts"), serverModule(schema));
}

/** Leaves an unchanged file alone, so that nothing is rebuilt for it. */
async function writeChanged(path: string, text: string): Promise<void> {
  const current = await readFile(path, "utf8").catch(() => undefined);
  if (current !== text) await writeFile(path, text);
}
