import { compileDigest, compileRowEncoder, scopeText, toHex } from "@digest-sync/core";
import { expect } from "vitest";
import { storedDigests } from "../matrix/oracle.js";
import { manifest, type PrismaClient } from "./app.js";

interface Audited {
  readonly $digests: { settle(): Promise<unknown>; audit(): Promise<unknown> };
}

/** Settles, and compares what is stored with the tables as a client without extensions reads them. */
export async function expectExact(plain: PrismaClient, prisma: Audited): Promise<void> {
  await prisma.$digests.settle();
  const [projects, tasks] = await Promise.all([
    plain.project.findMany(),
    plain.task.findMany({ omit: { estimate: false } }),
  ]);
  const expected: Record<string, string> = {};
  const add = (name: string, scope: string | null, row: { id: string }) => {
    const collection = manifest.collections.find((one) => one.name === name)!;
    const digest = compileDigest(name, manifest.algorithm)(compileRowEncoder(collection)(row));
    expected[`${name}|${scopeText([scope])}|${row.id}`] = toHex(digest);
  };
  for (const project of projects) add("Project", project.tenantId, project);
  for (const task of tasks) {
    const project = projects.find(({ id }) => id === task.projectId);
    add("Task", project?.tenantId ?? null, task);
  }
  expect(await storedDigests(plain)).toEqual(expected);
  expect(await prisma.$digests.audit()).toMatchObject({ ok: true, findings: [], unencodable: [] });
}
