import { createRequire } from "node:module";
import { digestSync } from "@digest-sync/prisma";
import { manifest } from "../../prisma/generated/coexistence/digest-sync/server.js";
import type { Prisma, PrismaClient } from "../../prisma/generated/coexistence/prisma/index.js";
import { emptyDatabase } from "../databases/index.js";

// What the generator `prisma-client-js` makes is CommonJS, so it is required, and no alias says from where.
const folder = manifest.provider === "sqlite" ? "" : `${manifest.provider}/`;
const generated = createRequire(import.meta.url)(`../../prisma/generated/${folder}coexistence/prisma`);

export type Options = Partial<Omit<Prisma.PrismaClientOptions, "adapter" | "accelerateUrl">>;
const Client = generated.PrismaClient as new (options: object) => PrismaClient;
export const Namespace = generated.Prisma as typeof Prisma;
export { manifest, type PrismaClient };

/** What background settlers have complained about. */
export const errors: unknown[] = [];

export const digests = () => digestSync(manifest, { delay: 1, onError: (error) => errors.push(error) });

/** An empty database, and clients over it. */
export async function emptyApp() {
  const database = await emptyDatabase("coexistence");
  const open = (options: Options = {}) => database.closing(new Client({ adapter: database.adapter(), ...options }));
  const extended: AnyClient[] = [];
  return {
    plain: open(),
    open,
    /** `client.$extends(a).$extends(b)...` */
    extend(client: PrismaClient, extensions: readonly unknown[]): AnyClient {
      const prisma = extensions.reduce((one: AnyClient, extension) => one.$extends(extension), client);
      extended.push(prisma);
      return prisma;
    },
    async remove() {
      for (const { $digests } of extended) await $digests?.stop();
      await database.remove();
    },
  };
}

export type App = Awaited<ReturnType<typeof emptyApp>>;

/** An extended client of any kind: what `$extends` returns differs with every extension. */
// biome-ignore lint/suspicious/noExplicitAny: see above
export type AnyClient = any;

const tasks = (project: string) => ["a", "b"].map((one) => ({ id: project + one, title: one, estimate: 5 }));

/** Two projects of one tenant and one of another, two tasks each. */
export async function seed(prisma: PrismaClient): Promise<void> {
  for (const [id, tenantId] of [
    ["p1", "t1"],
    ["p2", "t1"],
    ["p3", "t2"],
  ] as const) {
    await prisma.project.create({ data: { id, tenantId, name: id, tasks: { create: tasks(id) } } });
  }
}

/** Resolves when a settler has found something to settle. Nothing settles in these tests unless a write pokes. */
export function poked(prisma: AnyClient): Promise<void> {
  return new Promise((resolve) => {
    const end = prisma.$digests.onSettled(() => {
      end();
      resolve();
    });
  });
}
