import { delimiter, join } from "node:path";
import { node } from "./run.js";

/** `prisma generate` with the packages of a folder, and without the downloads that usually go with it. */
export function generate(folder, schema) {
  const modules = join(folder, "node_modules");
  node(join(modules, "prisma/build/index.js"), ["generate", "--schema", schema], {
    cwd: folder,
    stdio: "pipe",
    env: {
      // Prisma finds a generator's command through PATH.
      PATH: [join(modules, ".bin"), process.env.PATH].join(delimiter),
      // Prisma 7 downloads a schema engine before every command; generating needs none, so any executable will do.
      PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
      CHECKPOINT_DISABLE: "1",
    },
  });
}
