import { DigestSyncClient } from "@digest-sync/client";
import { findCollection, type Manifest } from "@digest-sync/core";
import { type Digests, digestSync } from "@digest-sync/prisma";
import type { PrismaClient } from "../../../prisma/generated/campaigns/prisma/client.js";
import { directFetch } from "../../../test/direct-fetch.js";
import type { DatabaseKind } from "../databases/database.js";
import type { Catalogue, Operation } from "../operations/operation.js";
import { perform } from "../operations/perform.js";
import { accounts } from "../operations/pools.js";
import {
  type DigestsByPlace,
  differences,
  digestByOracle,
  digestsOfTables,
  placeOf,
  storedDigests,
} from "../oracle.js";

/** What a grant covers: accounts, and whether rows that lead to no account belong to it. */
type Grant = readonly (string | null)[];

const grants: readonly Grant[] = [...accounts.map((one) => [one]), [null], [...accounts, null]];

/** Tables of the app, those that refer to others first. */
const tables = ["Reaction", "Message", "_ChatToTag", "Chat", "Note", "Account", "Contact", "Tag", "Folder", "City"];

/** Of our own tables, those that hold what was written. */
const ours = ["_digest_pending", "_digest_row", "_digest_error", "_digest_scope"];

/** One database in use: three clients that write, a settler that runs, and sync clients that follow. */
export class World {
  readonly #kind: DatabaseKind;
  readonly #plain: PrismaClient;
  readonly #extended: PrismaClient & { readonly $digests: Digests };
  readonly #bare: Awaited<ReturnType<DatabaseKind["bare"]>>;
  #clients: { grant: Grant; client: DigestSyncClient }[] = [];
  #errors: unknown[] = [];
  readonly #settles: boolean;

  /** @param settles whether it settles in the background by itself */
  static async open(kind: DatabaseKind, url: string, { settles = true } = {}): Promise<World> {
    const bare = await kind.bare(url);
    const world = new World(kind, kind.client(url), bare, settles);
    await world.install();
    world.#start();
    return world;
  }

  private constructor(
    kind: DatabaseKind,
    plain: PrismaClient,
    bare: Awaited<ReturnType<DatabaseKind["bare"]>>,
    settles: boolean,
  ) {
    this.#settles = settles;
    this.#kind = kind;
    this.#plain = plain;
    this.#bare = bare;
    const onError = (error: unknown) => this.#errors.push(error);
    this.#extended = plain.$extends(digestSync(kind.manifest, { delay: 50, every: 500, onError })) as never;
  }

  #start(): void {
    if (this.#settles) this.#extended.$digests.start();
    const paths = this.#kind.manifest.collections.flatMap(({ scope }) => scope);
    this.#clients = grants.map((grant) => ({
      grant,
      client: new DigestSyncClient({
        url: "http://direct",
        manifest: this.#kind.clientManifest,
        fetch: directFetch(this.#extended.$digests, Object.fromEntries(paths.map((path) => [path, [...grant]]))),
      }),
    }));
  }

  /** For tests: the driver, to break something with. */
  get bare(): { run(sql: string): PromiseLike<unknown> } {
    return this.#bare;
  }

  /** @returns whether it was written */
  perform(catalogue: Catalogue, operation: Operation): Promise<boolean> {
    return perform(catalogue, { plain: this.#plain, extended: this.#extended, bare: this.#bare }, operation);
  }

  /** What is wrong: nothing, if digests are exact, the audit is clean and every client has what the tables have. */
  async look(): Promise<{ readonly rows: number; readonly faults: readonly string[] }> {
    const faults: string[] = [];
    const { $digests } = this.#extended;
    // The clients come first: a verification has to settle what it needs by itself.
    const held: { grant: Grant; digests: DigestsByPlace }[] = [];
    for (const { grant, client } of this.#clients) {
      if (!(await synced(client))) faults.push(`the client of ${JSON.stringify(grant)} does not get in sync`);
      held.push({ grant, digests: await digestsOfClient(client, this.#kind.clientManifest) });
    }
    await $digests.settle();
    const expected = await digestsOfTables(this.#plain, this.#kind.manifest);
    faults.push(...differences(expected, await storedDigests(this.#plain, this.#kind.provider)));
    for (const { grant, digests } of held) {
      const wrong = differences(granted(expected, grant), digests);
      faults.push(...wrong.map((difference) => `client of ${JSON.stringify(grant)}: ${difference}`));
    }
    const { ok, findings, sums, unencodable } = await $digests.audit();
    if (!ok || unencodable.length > 0) faults.push(`audit: ${JSON.stringify({ findings, sums, unencodable })}`);
    faults.push(...this.#errors.map((error) => `settling in the background: ${error}`));
    return { rows: expected.size, faults };
  }

  /** An empty database again, whatever was wrong with it. */
  async reset(): Promise<void> {
    await this.#extended.$digests.stop();
    if (this.#kind.provider === "mysql") await this.#bare.run("SET FOREIGN_KEY_CHECKS = 0");
    await this.#bare.run(`UPDATE "Account" SET "ownerId" = NULL`);
    for (const table of tables) await this.#bare.run(`DELETE FROM "${table}"`);
    if (this.#kind.provider === "mysql") await this.#bare.run("SET FOREIGN_KEY_CHECKS = 1");
    for (const table of ours) await this.#bare.run(`DELETE FROM "${table}"`);
    this.#errors = [];
    this.#start();
  }

  /** Our triggers and tables. */
  async install(): Promise<void> {
    await this.#extended.$digests.install();
  }

  async uninstall(): Promise<void> {
    await this.#extended.$digests.uninstall();
  }

  async close(): Promise<void> {
    await this.#extended.$digests.stop();
    await this.#plain.$disconnect();
    await this.#bare.close();
  }
}

/** What a server answers while much is pending (503, Retry-After), a client repeats; every request settles some of it. */
async function synced(client: DigestSyncClient): Promise<boolean> {
  for (;;) {
    try {
      return (await client.sync()).inSync;
    } catch (error) {
      if ((error as { code?: unknown }).code !== "settling") throw error;
    }
  }
}

/** The digests of what a client holds, under the scopes it cannot see. */
async function digestsOfClient(client: DigestSyncClient, manifest: Manifest): Promise<DigestsByPlace> {
  const found = new Map<string, string>();
  for (const { name } of manifest.collections) {
    const collection = findCollection(manifest, name);
    for (const row of await client.collection(name as never).all()) {
      found.set(placeOf(collection, "", row), digestByOracle(collection, row));
    }
  }
  return found;
}

/** Which of these digests a client with this grant holds, without the scopes. */
function granted(expected: DigestsByPlace, grant: Grant): DigestsByPlace {
  const scopes = new Set(grant.map((value) => value?.replaceAll("~", "~0").replaceAll("/", "~1") ?? "~").concat(""));
  return new Map(
    [...expected].flatMap(([place, digest]) => {
      const [collection, scope, ...key] = place.split("|");
      return scopes.has(scope ?? "") ? [[`${collection}||${key.join("|")}`, digest] as const] : [];
    }),
  );
}
