import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";

const root = fileURLToPath(new URL("../../..", import.meta.url));

export interface Generated {
  readonly code: number;
  /** What Prisma printed, without colours. */
  readonly output: string;
  /** Where the schema is; the generators' outputs are relative to it. */
  readonly folder: string;
}

/** A folder inside the repository (so that generated code finds its imports) that git and the linter ignore. */
export async function temporaryFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  await mkdir(join(root, "prisma/generated"), { recursive: true });
  const path = await mkdtemp(join(root, "prisma/generated/test-"));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** Runs the real `prisma generate` with the built generator: `tsc -b packages/prisma` comes first. */
export async function prismaGenerate(folder: string, schema: string): Promise<Generated> {
  const path = join(folder, "schema.prisma");
  await writeFile(path, schema);
  return await new Promise((done, failed) => {
    const command = [join(root, "node_modules/prisma/build/index.js"), "generate", "--schema", path];
    const child = spawn(process.execPath, command, {
      cwd: root,
      env: {
        ...process.env,
        PATH: [join(root, "node_modules/.bin"), process.env.PATH].join(delimiter),
        PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
        CHECKPOINT_DISABLE: "1",
        NO_COLOR: "1",
      },
    });
    let output = "";
    const append = (chunk: Buffer) => {
      output += chunk.toString();
    };
    child.stdout.on("data", append);
    child.stderr.on("data", append);
    child.on("error", failed);
    child.on("close", (code) => done({ code: code ?? -1, output: stripVTControlCharacters(output), folder }));
  });
}
