import { toHex } from "@digest-sync/core";
import { digestSync } from "@digest-sync/prisma";
import { afterEach, beforeEach, expect, test } from "vitest";
import { manifest } from "../prisma/generated/types/digest-sync/server.js";
import { PrismaClient } from "../prisma/generated/types/prisma/client.js";
import { pendingChanges, storedDigests } from "./databases/digest-tables.js";
import { emptyDatabase, provider, type TestDatabase } from "./databases/index.js";

// Where a row's digest stands: its key text, its scope text, and whether the filter lets it in.

let database: TestDatabase;
let prisma: ReturnType<typeof extended>;

function extended(client: PrismaClient) {
  return client.$extends(digestSync(manifest, { delay: 1_000_000 }));
}

beforeEach(async () => {
  database = await emptyDatabase("types");
  prisma = extended(database.closing(new PrismaClient({ adapter: database.adapter() })));
  await prisma.$digests.install();
});
afterEach(() => database.remove());

/** `collection|scope|key` of every stored digest, after settling. */
async function places(): Promise<string[]> {
  const { ok } = await prisma.$digests.audit();
  expect(ok).toBe(true);
  return (await storedDigests(prisma)).map(({ collection, scope, key }) => `${collection}|${scope}|${key}`);
}

test("a 64-bit key and an integer scope", async () => {
  await prisma.big.create({ data: { id: 9223372036854775807n, projectId: -1, label: "most" } });
  await prisma.big.create({ data: { id: -9223372036854775808n, projectId: -1, label: "least" } });
  expect(await places()).toEqual(["Big|-1|-9223372036854775808", "Big|-1|9223372036854775807"]);
  expect(await prisma.$digests.digest("Big", "9223372036854775807")).toHaveLength(32);
});

test("several key and scope fields are escaped and joined; a null scope is `~`, the text `~` is not", async () => {
  const one = { position: 1, role: "x" };
  await prisma.membership.createMany({
    data: [
      { ...one, userId: "a/b~c", orgId: 1, teamId: "~" },
      { ...one, userId: "plain", orgId: 2, teamId: null },
      { ...one, userId: "😀", orgId: 3, teamId: "" },
    ],
  });
  expect(await places()).toEqual(["Membership|1/~0|a~1b~0c/1", "Membership|2/~|plain/1", "Membership|3/|😀/1"]);
  expect((await prisma.$digests.root(grant({ orgId: 2, teamId: [null] }))).count).toBe(1);
  expect((await prisma.$digests.root(grant({ orgId: [1, 2, 3], teamId: ["~", "", null] }))).count).toBe(3);
  expect((await prisma.$digests.root(grant({ orgId: [1, 2, 3], teamId: ["~", ""] }))).count).toBe(2);
});

test("mapped enum values in key and scope go by Prisma's names", async () => {
  await prisma.paint.create({ data: { colour: "darkBlue", shade: 1, name: "n" } });
  await prisma.paint.create({ data: { colour: "green", shade: 1, name: "n" } });
  expect(await places()).toEqual(["Paint|darkBlue|darkBlue/1", "Paint|green|green/1"]);
  await prisma.paint.updateMany({ where: { colour: "green" }, data: { colour: "red" } });
  expect(await places()).toEqual(["Paint|darkBlue|darkBlue/1", "Paint|red|red/1"]);
});

test("a row leaves and enters with the filter, and an omitted scope field moves it", async () => {
  await prisma.entry.create({ data: { id: "e1", ownerId: "o1" } });
  expect(await places()).toEqual(["Entry|o1|e1"]);
  const digest = await prisma.$digests.digest("Entry", "e1");
  for (const data of [{ archived: true }, { kind: "task" }, { level: 4 }, { colour: "red" as const }]) {
    const { archived, kind, level, colour } = await prisma.entry.findUniqueOrThrow({ where: { id: "e1" } });
    await prisma.entry.update({ where: { id: "e1" }, data });
    expect(await places(), JSON.stringify(data)).toEqual([]);
    expect(await prisma.$digests.digest("Entry", "e1")).toBeNull();
    await prisma.entry.update({ where: { id: "e1" }, data: { archived, kind, level, colour } });
    expect(await places()).toEqual(["Entry|o1|e1"]);
  }
  await prisma.entry.update({ where: { id: "e1" }, data: { ownerId: "o2" } });
  expect(await places()).toEqual(["Entry|o2|e1"]);
  // The scope is not part of the encoding when the field is omitted: same row, same digest.
  expect(toHex((await prisma.$digests.digest("Entry", "e1"))!)).toBe(toHex(digest!));
});

test("cascades of the database: deleted, set to null, renamed keys of children", async () => {
  await prisma.node.create({ data: { name: "root", leaves: { create: { number: 1, text: "t" } } } });
  // InnoDB renames no row that another row of the same table refers to.
  const refers = provider !== "mysql";
  await prisma.node.create({ data: { name: "child", parentName: refers ? "root" : null } });
  expect(await places()).toEqual(["Leaf|root|root/1", "Node||child", "Node||root"]);
  const before = await prisma.$digests.digest("Node", "child");
  await prisma.node.update({ where: { name: "root" }, data: { name: "new" } });
  expect(await places()).toEqual(["Leaf|new|new/1", "Node||child", "Node||new"]);
  if (refers) expect(await prisma.$digests.digest("Node", "child")).not.toEqual(before);
  await prisma.node.delete({ where: { name: "new" } });
  expect(await places()).toEqual(["Node||child"]);
});

test("an unsynced model leaves no trace", async () => {
  await prisma.secret.create({ data: { value: "s" } });
  expect(await pendingChanges(prisma)).toEqual([]);
});

/** The whole grant that the manifest's collections need, nothing granted but this. */
function grant(some: Record<string, string | number | (string | number | null)[]>) {
  const none = Object.fromEntries(manifest.collections.flatMap(({ scope }) => scope.map((path) => [path, []])));
  return { ...none, ...some };
}
