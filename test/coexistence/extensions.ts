import { createSoftDeleteExtension } from "@candoimage/prisma-extension-soft-delete";
import { databaseName } from "../databases/index.js";
import { type AnyClient, Namespace } from "./app.js";

// The soft-delete extension needs what Node has from version 22 on.
if (!("withResolvers" in Promise)) {
  Object.assign(Promise, {
    withResolvers() {
      const parts: Record<string, unknown> = {};
      parts.promise = new Promise((resolve, reject) => Object.assign(parts, { resolve, reject }));
      return parts;
    },
  });
}

/** Extensions of every component, as apps stack them. */
export const others: Readonly<Record<string, unknown>> = {
  // A real one: delete becomes update, reads are filtered, nested ones too.
  "soft delete": createSoftDeleteExtension({ models: { Project: true, Task: true }, dmmf: Namespace.dmmf }),
  result: Namespace.defineExtension({
    result: {
      project: {
        // A value that is not the row's, and one the row does not have.
        name: { needs: { name: true }, compute: ({ name }) => name.toUpperCase() },
        label: { needs: { id: true, tenantId: true }, compute: ({ id, tenantId }) => `${tenantId}/${id}` },
      },
    },
  }),
  model: Namespace.defineExtension({
    model: {
      task: {
        async retitle(id: string, title: string) {
          return (Namespace.getExtensionContext(this) as AnyClient).update({ where: { id }, data: { title } });
        },
      },
    },
  }),
  client: Namespace.defineExtension({ client: { $tenants: () => ["t1", "t2"] } }),
  query: Namespace.defineExtension({
    query: {
      task: {
        async create({ args, query }) {
          args.data.title += " (new)";
          return query(args);
        },
        // Hides rows from everybody who reads through this client.
        async findMany({ args, query }) {
          args.where = { AND: [(args.where ?? {}) as object, { title: { not: "hidden" } }] };
          return query(args);
        },
      },
    },
  }),
};

/** What an app does through all of them, and what it is told. */
export async function script(prisma: AnyClient): Promise<unknown[]> {
  const answers = [
    await prisma.project.findMany({ orderBy: { id: "asc" } }),
    await prisma.task.create({
      data: { id: "n1", projectId: "p1", title: "one", topics: { create: { id: 1, name: "x" } } },
    }),
    await prisma.task.retitle("p1a", "hidden"),
    await prisma.task.findMany({ where: { projectId: "p1" }, orderBy: { id: "asc" } }),
    await prisma.task.delete({ where: { id: "p1b" } }),
    await prisma.task.deleteMany({ where: { projectId: "p2" } }),
    await prisma.task.count(),
    await prisma.$transaction([
      prisma.project.update({ where: { id: "p2" }, data: { tenantId: "t2" } }),
      prisma.project.delete({ where: { id: "p3" } }),
    ]),
    await prisma.$transaction(async (tx: AnyClient) => {
      await tx.task.create({ data: { id: "n2", projectId: "p2", title: "two" } });
      // PGlite's adapter for Prisma has no savepoints.
      if (databaseName === "pglite") await tx.task.retitle("n1", "three");
      else await tx.$transaction((inner: AnyClient) => inner.task.retitle("n1", "three"));
      return tx.project.findMany({ include: { tasks: true }, orderBy: { id: "asc" } });
    }),
    await prisma
      .$transaction(async (tx: AnyClient) => {
        await tx.task.create({ data: { id: "n3", projectId: "p2", title: "never" } });
        throw new Error("rolled back");
      })
      .catch((error: Error) => error.message),
    prisma.$tenants(),
  ];
  return JSON.parse(JSON.stringify(answers));
}
