import { defineConfig } from "prisma/config";

// `prisma generate` needs no schema engine, yet Prisma 7 downloads one before every command: any executable keeps it
// from trying, so that generating works offline.
if (process.argv.includes("generate")) process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= process.execPath;

export default defineConfig({
  schema: "prisma/schema.prisma",
  datasource: { url: "file:./prisma/contacts.db" },
});
