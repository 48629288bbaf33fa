import { EventEmitter, once } from "node:events";
import { encodePullRequest, encodeVerifyRequest, fingerprint, PROTOCOL } from "@digest-sync/core";
import {
  type CanActivate,
  type ExecutionContext,
  ForbiddenException,
  Inject,
  Injectable,
  Scope as InjectionScope,
  Module,
  UnauthorizedException,
} from "@nestjs/common";
import { REQUEST } from "@nestjs/core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { manifest } from "../../../prisma/generated/digest-sync/server.js";
import { DigestSyncModule, type DigestSyncOptions, type ScopeResolver } from "../src/index.js";
import { BareClient, problemFor } from "./http-client.js";
import { adapters, openDatabase, type Server, serve, stopServers } from "./server.js";

interface UserRequest {
  readonly headers: Record<string, string | undefined>;
  user?: string | undefined;
}

@Injectable()
class Accounts {
  of(user: string | undefined): string {
    return `account of ${user}`;
  }
}
@Module({ providers: [Accounts], exports: [Accounts] })
class AccountsModule {}

@Injectable()
class AuthGuard implements CanActivate {
  constructor(@Inject(Accounts) readonly accounts: Accounts) {}
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<UserRequest>();
    request.user = request.headers["x-user"];
    if (!request.user) throw new UnauthorizedException("Say who you are.");
    return request.user !== "banned";
  }
}

@Injectable()
class AccountScope implements ScopeResolver {
  constructor(@Inject(Accounts) readonly accounts: Accounts) {}
  async resolve(context: ExecutionContext) {
    const account = this.accounts.of(context.switchToHttp().getRequest<UserRequest>().user);
    return { id: account, accountId: account };
  }
}

@Injectable({ scope: InjectionScope.REQUEST })
class RequestScopedScope implements ScopeResolver {
  constructor(
    @Inject(REQUEST) readonly request: UserRequest,
    @Inject(Accounts) readonly accounts: Accounts,
  ) {}
  resolve() {
    const account = this.accounts.of(this.request.user);
    return { id: account, accountId: account };
  }
}

describe.each(adapters)("Guards and scopes on %s", (_name, adapter) => {
  let database: Awaited<ReturnType<typeof openDatabase>>;
  let prisma: ReturnType<typeof database.client>;

  beforeAll(async () => {
    database = await openDatabase();
    prisma = database.client();
    for (const user of ["ada", "bob"]) {
      const id = `account of ${user}`;
      await prisma.account.create({ data: { id, name: user, email: `${user}@example.com` } });
    }
  });
  afterEach(stopServers);
  afterAll(() => database.remove());

  const start = (scope: DigestSyncOptions["scope"], more: object = {}, providers: object[] = []) =>
    serve(adapter(), {
      imports: [
        DigestSyncModule.forRoot({
          ...{ prisma, manifest, scope, install: "auto", guards: [AuthGuard], imports: [AccountsModule] },
          ...more,
        }),
        AccountsModule,
      ],
      providers: providers as never,
    });
  const pulled = async ({ url }: Server, user: string) => {
    const client = new BareClient(`${url}/sync`, manifest);
    client.headers = { "x-user": user };
    await client.pull();
    return client.digests.map((digest) => Buffer.from(digest).toString("hex"));
  };
  const hello = { protocol: PROTOCOL, algorithm: manifest.algorithm, manifest: fingerprint(manifest) };
  const problem = (server: Server, headers: Record<string, string>) =>
    problemFor(`${server.url}/sync/pull`, {
      headers: { ...headers, "content-type": "application/cbor" },
      body: encodePullRequest(hello),
    });
  const granting = (scope: object) => start(() => scope as never);

  it("answers what a guard throws as a problem, on every route", async () => {
    const server = await start(AccountScope);
    expect(await problem(server, {})).toMatchObject({ status: 401, code: "unauthorized", detail: "Say who you are." });
    expect(await problem(server, { "x-user": "banned" })).toMatchObject({ status: 403, code: "unauthorized" });
    expect(await problemFor(`${server.url}/sync/manifest`, { method: "GET" })).toMatchObject({ status: 401 });
    const cbor = { "content-type": "application/cbor" };
    const body = new Uint8Array(1);
    expect(await problemFor(`${server.url}/sync/verify`, { headers: cbor, body })).toMatchObject({ status: 401 });
    expect(server.log.errors).toEqual([]);
  });

  it.each([
    ["a class the module creates", AccountScope, []],
    ["a class the app provides", AccountScope, [AccountScope]],
    ["a request-scoped class", RequestScopedScope, [RequestScopedScope]],
    ["an object", { resolve: (context: ExecutionContext) => new AccountScope(new Accounts()).resolve(context) }, []],
    ["a function", (context: ExecutionContext) => new AccountScope(new Accounts()).resolve(context), []],
  ])("grants each user their own rows through %s", async (_what, scope, providers) => {
    const server = await start(scope, {}, providers);
    const ada = await pulled(server, "ada");
    const bob = await pulled(server, "bob");
    expect([ada.length, bob.length]).toEqual([1, 1]);
    expect(ada).not.toEqual(bob);
    expect(await pulled(server, "nobody")).toEqual([]);
  });

  it("does not start with a resolver whose dependencies are missing", async () => {
    @Injectable()
    class Lost implements ScopeResolver {
      constructor(@Inject("NOWHERE") readonly nothing: unknown) {}
      resolve() {
        return {};
      }
    }
    await expect(start(Lost)).rejects.toThrow(/NOWHERE/);
  });

  it.each([
    ["nothing", undefined],
    ["null", null],
    ["an empty object", {}],
    ["another name", { tenant: "t1" }],
    ["a name without a value", { id: "account of ada", accountId: undefined }],
    ["a null that is no list", { id: "account of ada", accountId: null }],
    ["a name by inheritance", Object.create({ id: "account of ada", accountId: "account of ada" })],
  ])("answers 403 scope-missing when the resolver grants %s: never all rows", async (_what, scope) => {
    const server = await granting(scope as object);
    expect(await problem(server, { "x-user": "ada" })).toMatchObject({ status: 403, code: "scope-missing" });
    expect(server.log.errors).toEqual([]);
  });

  it("keeps the status of an HttpException of the resolver", async () => {
    const server = await start(() => {
      throw new ForbiddenException("Your trial has ended.");
    });
    expect(await problem(server, { "x-user": "ada" })).toMatchObject({ status: 403, detail: "Your trial has ended." });
  });

  it("hides any other error of the resolver, logs it once, and tells the error tracker", async () => {
    const tracked: unknown[] = [];
    const failure = new Error("password of ada");
    const server = await start(() => Promise.reject(failure), { onError: (error: unknown) => tracked.push(error) });
    const answer = await problem(server, { "x-user": "ada" });
    expect(answer).toMatchObject({ status: 500, code: "internal" });
    expect(answer.detail).not.toContain("password");
    expect(server.log.errors).toHaveLength(1);
    expect(server.log.errors[0]).toContain("digest-sync.scope.test.ts");
    expect(server.log.errors[0]).not.toContain("password");
    expect(tracked).toEqual([failure]);
  });

  it("survives a client that leaves while the resolver is at work", async () => {
    const entries = new EventEmitter();
    const gate = once(entries, "open");
    const server = await start(async () => {
      entries.emit("entered");
      await gate;
      return { id: "account of ada", accountId: "account of ada" };
    });
    const requests = {
      pull: encodePullRequest(hello),
      verify: encodeVerifyRequest(new BareClient("", manifest).request()),
    };
    for (const [route, body] of Object.entries(requests)) {
      const { signal, abort } = abortable();
      const headers = { "x-user": "ada", "content-type": "application/cbor" };
      const entered = once(entries, "entered");
      const answer = fetch(`${server.url}/sync/${route}`, { method: "POST", headers, body, signal });
      await entered;
      abort();
      await expect(answer).rejects.toThrow();
    }
    entries.emit("open");
    expect(await pulled(server, "ada")).toHaveLength(1);
    expect(server.log.errors).toEqual([]);
  });
});

function abortable() {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}
