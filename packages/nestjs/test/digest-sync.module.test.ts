import { createHash } from "node:crypto";
import { decodeManifest, decodeVerifyAnswer, encodeVerifyRequest, fingerprint, Sketch } from "@digest-sync/core";
import type { Digests } from "@digest-sync/engine";
import { digestSync } from "@digest-sync/prisma";
import { type CallHandler, Injectable, Module, type NestInterceptor, VersioningType } from "@nestjs/common";
import { map } from "rxjs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { manifest } from "../../../prisma/generated/digest-sync/server.js";
import { DIGESTS, DigestSyncModule, InjectDigests } from "../src/index.js";
import { BareClient, problemFor } from "./http-client.js";
import { adapters, openDatabase, serve, stopServers } from "./server.js";

describe.each(adapters)("DigestSyncModule on %s", (_name, adapter) => {
  let database: Awaited<ReturnType<typeof openDatabase>>;
  let prisma: ReturnType<typeof database.client>;

  beforeEach(async () => {
    database = await openDatabase();
    prisma = database.client();
    await prisma.account.create({ data: { id: "a1", name: "Ada", email: "ada@example.com" } });
    await prisma.account.create({ data: { id: "a2", name: "Bob", email: "bob@example.com" } });
    await prisma.contact.create({
      data: { id: "c1", accountId: "a1", name: "Grace", notes: "never leaves the server" },
    });
  });
  afterEach(async () => {
    await stopServers();
    await database.remove();
  });

  const scope = () => ({ id: "a1", accountId: "a1" });
  const options = () => ({ prisma, manifest, scope, install: "auto" as const });
  const holdingAll = async (url: string) => {
    const client = new BareClient(url, manifest);
    await client.pull();
    return client;
  };

  it.each(["application/cbor", "application/json"] as const)(
    "pulls, verifies and sends changes as %s",
    async (media) => {
      const { url } = await serve(adapter(), { imports: [DigestSyncModule.forRoot(options())] });
      const client = new BareClient(`${url}/sync`, manifest, media);
      expect(await client.pull()).toMatchObject([{ type: "page", count: 2 }]);
      expect(client.digests).toHaveLength(2);
      expect(await client.verify()).toEqual({ type: "in-sync", base: client.request().root });

      // Through the plain client: the triggers capture it, whoever writes.
      await prisma.contact.create({ data: { id: "c2", accountId: "a1", name: "Edsger" } });
      const answer = await client.verify();
      expect(answer).toMatchObject({ type: "changes", count: 3, base: client.request().root });
      if (answer.type !== "changes") return;
      client.take(answer.rows);
      expect(client.request().root).toEqual(answer.root);
      expect(await client.verify()).toMatchObject({ type: "in-sync" });
    },
  );

  it("answers with no-store, length and digest of the body, and the type that Accept asks for", async () => {
    const { url } = await serve(adapter(), { imports: [DigestSyncModule.forRoot(options())] });
    for (const [accept, type] of [
      ["*/*", "application/cbor"],
      ["application/json, text/plain, */*", "application/json"],
      ["text/html", "application/cbor"],
    ] as const) {
      const response = await fetch(`${url}/sync/manifest`, { headers: { accept } });
      expect(response.status).toBe(200);
      expect(response.headers.get("cache-control")).toBe("no-store");
      expect(response.headers.get("content-type")).toBe(type);
      const bytes = new Uint8Array(await response.arrayBuffer());
      expect(Number(response.headers.get("content-length"))).toBe(bytes.length);
      const digest = createHash("sha256").update(bytes).digest("base64");
      expect(response.headers.get("content-digest")).toBe(`sha-256=:${digest}:`);
    }
  });

  it("serves the manifest without tables and columns", async () => {
    const { url } = await serve(adapter(), { imports: [DigestSyncModule.forRoot(options())] });
    const response = await fetch(`${url}/sync/manifest`, { headers: { accept: "application/json" } });
    const bytes = new Uint8Array(await response.arrayBuffer());
    const served = decodeManifest(bytes, "application/json");
    expect(served.fingerprint).toEqual(fingerprint(manifest));
    expect(served.collections.map(({ name }) => name)).toEqual(manifest.collections.map(({ name }) => name));
    const text = new TextDecoder().decode(bytes);
    for (const inner of ["tables", "columns", "delegate", "sqlite", "notes"]) expect(text).not.toContain(inner);
  });

  it("takes its path, a global prefix and URI versioning", async () => {
    const { url } = await serve(
      adapter(),
      { imports: [DigestSyncModule.forRoot({ ...options(), path: "my/digests" })] },
      (app) => {
        app.setGlobalPrefix("api");
        app.enableVersioning({ type: VersioningType.URI, defaultVersion: "1" });
      },
    );
    const client = await holdingAll(`${url}/api/my/digests`);
    expect(await client.verify()).toMatchObject({ type: "in-sync" });
    expect((await fetch(`${url}/api/sync/manifest`)).status).toBe(404);
  });

  it("can be registered twice in one app, with paths, scopes and guards of their own", async () => {
    const refuse = { canActivate: () => false };
    const { app, url } = await serve(adapter(), {
      imports: [
        DigestSyncModule.forRoot({ ...options(), path: "one" }),
        DigestSyncModule.forRoot({ ...options(), path: "two", scope: () => ({ id: "a2", accountId: "a2" }) }),
        DigestSyncModule.forRoot({ ...options(), path: "three", guards: [refuse] }),
      ],
    });
    expect((await holdingAll(`${url}/one`)).digests).toHaveLength(2);
    expect((await holdingAll(`${url}/two`)).digests).toHaveLength(1);
    expect((await fetch(`${url}/three/manifest`)).status).toBe(403);
    // One client, one settler: three would race each other.
    expect(new Set(app.get<Digests>(DIGESTS, { strict: false, each: true })).size).toBe(1);
  });

  it("is not disturbed by global interceptors that wrap whatever handlers return", async () => {
    class Wrap implements NestInterceptor {
      intercept(_context: unknown, next: CallHandler) {
        return next.handle().pipe(map((data: unknown) => ({ data })));
      }
    }
    const { url } = await serve(adapter(), { imports: [DigestSyncModule.forRoot(options())] }, (app) =>
      app.useGlobalInterceptors(new Wrap()),
    );
    expect(await (await holdingAll(`${url}/sync`)).verify()).toMatchObject({ type: "in-sync" });
  });

  it("takes a client that is already extended, and provides its Digests", async () => {
    const extended = prisma.$extends(digestSync(manifest));
    let injected: Digests | undefined;
    @Injectable()
    class Consumer {
      constructor(@InjectDigests() digests: Digests) {
        injected = digests;
      }
    }
    const { url } = await serve(adapter(), {
      imports: [DigestSyncModule.forRoot({ prisma: extended, scope, install: "auto" })],
      providers: [Consumer],
    });
    expect(injected === extended.$digests).toBe(true);
    expect((await holdingAll(`${url}/sync`)).digests).toHaveLength(2);
  });

  it("takes an injection token in forRoot", async () => {
    const PRISMA = Symbol("PRISMA");
    @Module({ providers: [{ provide: PRISMA, useFactory: async () => prisma }], exports: [PRISMA] })
    class PrismaModule {}
    const { url } = await serve(adapter(), {
      imports: [DigestSyncModule.forRoot({ ...options(), prisma: PRISMA, imports: [PrismaModule] })],
    });
    expect((await holdingAll(`${url}/sync`)).digests).toHaveLength(2);
  });

  it("takes its options from a factory", async () => {
    const PRISMA = Symbol("PRISMA");
    @Module({ providers: [{ provide: PRISMA, useFactory: async () => prisma }], exports: [PRISMA] })
    class PrismaModule {}
    const { url } = await serve(adapter(), {
      imports: [
        DigestSyncModule.forRootAsync({
          imports: [PrismaModule],
          inject: [PRISMA],
          useFactory: (client: typeof prisma) => ({ ...options(), prisma: client }),
          path: "async",
        }),
      ],
    });
    expect((await holdingAll(`${url}/async`)).digests).toHaveLength(2);
  });

  it("refuses to start on a database without triggers, and names the command that installs them", async () => {
    const start = () => serve(adapter(), { imports: [DigestSyncModule.forRoot({ prisma, manifest, scope })] });
    await expect(start()).rejects.toMatchObject({
      code: "not-installed",
      message: expect.stringMatching(/npx digest-sync install --client .*\$digests\.install\(\).*install: "auto"/s),
    });
    const { $digests } = prisma.$extends(digestSync(manifest));
    await $digests.install();
    await $digests.stop();
    await start();
    await stopServers();

    await prisma.$executeRawUnsafe(await firstTrigger("Contact"));
    await expect(start()).rejects.toMatchObject({ code: "not-installed", message: expect.stringContaining("Contact") });
  });

  /** A statement that drops one of the table's triggers. */
  async function firstTrigger(table: string): Promise<string> {
    const rows = await prisma.$queryRawUnsafe<{ name: string }[]>(
      `SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = '${table}'`,
    );
    return `DROP TRIGGER "${rows[0]?.name}"`;
  }

  it("says what is wrong when `prisma` is no client or the manifest is missing", async () => {
    const start = (given: object) =>
      serve(adapter(), {
        imports: [DigestSyncModule.forRootAsync({ useFactory: () => ({ ...options(), ...given }) })],
      });
    await expect(start({ prisma: "PrismaService" })).rejects.toThrow(/no Prisma client.*inject/s);
    await expect(start({ manifest: undefined })).rejects.toThrow(/`manifest` is missing/);
  });

  it("stops the background settler with the app, and starts it again with the next one", async () => {
    const imports = [DigestSyncModule.forRoot(options())];
    await serve(adapter(), { imports });
    await stopServers();
    const { url } = await serve(adapter(), { imports: [DigestSyncModule.forRoot(options())] });
    await prisma.contact.create({ data: { id: "c3", accountId: "a1", name: "Barbara" } });
    await expect.poll(() => prisma.digestPending.count(), { timeout: 20_000 }).toBe(0);
    expect((await holdingAll(`${url}/sync`)).digests).toHaveLength(3);
  });

  it("answers 503 with Retry-After while too much is pending, and converges all the same", async () => {
    const { url } = await serve(adapter(), { imports: [DigestSyncModule.forRoot(options())] });
    await prisma.$executeRaw`
      INSERT INTO City (cityId, name, altName, country, featureCode, adminCode, population, lat, lon)
      WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 8000)
      SELECT n, 'City ' || n, '', 'NL', 'PPL', '', n, 52.5, 5.25 FROM number`;
    const client = new BareClient(`${url}/sync`, manifest);
    const body = encodeVerifyRequest(client.request());
    const problem = await problemFor(`${url}/sync/verify`, { headers: { "content-type": "application/cbor" }, body });
    expect(problem).toMatchObject({ status: 503, code: "settling" });
    expect(problem.headers.get("retry-after")).toMatch(/^[1-9]\d*$/);

    const answer = () => client.verify().catch(({ message }: Error) => message);
    await expect.poll(answer, { timeout: 30_000 }).toMatchObject({ type: "bulk", count: 8002 });
  });

  it("understands a JSON request and answers CBOR when that is accepted", async () => {
    const { url } = await serve(adapter(), { imports: [DigestSyncModule.forRoot(options())] });
    const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
    const empty = new BareClient(`${url}/sync`, manifest).request();
    const response = await fetch(`${url}/sync/verify`, {
      method: "POST",
      headers: { "content-type": "application/json; charset=utf-8", accept: "application/cbor" },
      body: JSON.stringify({
        ...empty,
        manifest: hex(empty.manifest),
        root: hex(empty.root),
        sketch: hex(Sketch.of(64).toBytes(0)),
      }),
    });
    const answer = decodeVerifyAnswer(new Uint8Array(await response.arrayBuffer()));
    expect(answer.type === "in-sync").toBe(false);
  });
});
