import type { DatabaseManifest, Notifications, Scope } from "@digest-sync/engine";
import type { CanActivate, ExecutionContext, InjectionToken, ModuleMetadata, Type } from "@nestjs/common";

/** Any Prisma 7 client, plain or extended, from either of Prisma's client generators: told by what it can do. */
export interface PrismaClientLike {
  // biome-ignore lint/complexity/noBannedTypes: a generated client types `$extends` in its own terms; that it can be called is all that matters here
  readonly $extends: Function;
}

/**
 * Says which rows the caller may hold: one value, or a list of values, for each name the collections are scoped by.
 * A name that is left out is refused with 403 `scope-missing`; it never means "all rows". Throw an HttpException to
 * refuse with another status. A field that may be null is granted with an explicit `null`.
 *
 * @example
 * scope: (context) => ({ accountId: context.switchToHttp().getRequest().user.accountId })
 */
export type ResolveScope = (context: ExecutionContext) => Scope | Promise<Scope>;

/**
 * The same as an injectable class.
 *
 * @example
 * \@Injectable()
 * class AccountScope implements ScopeResolver {
 *   constructor(private readonly accounts: AccountService) {}
 *   async resolve(context: ExecutionContext) {
 *     return { accountId: await this.accounts.of(context.switchToHttp().getRequest().user) };
 *   }
 * }
 */
export interface ScopeResolver {
  resolve(context: ExecutionContext): Scope | Promise<Scope>;
}

export interface DigestSyncOptions {
  /**
   * The app's Prisma client. A plain one (`class PrismaService extends PrismaClient`) stays as it is: the module derives
   * an extended one beside it, and the triggers capture the writes of both. In `forRoot` also an injection token, which
   * must be visible to this module (`imports`, or a global module).
   */
  readonly prisma: PrismaClientLike | InjectionToken;
  /** `manifest` of the generated `server.ts`. A client that is extended with `digestSync(manifest)` already has it. */
  readonly manifest?: DatabaseManifest;
  /** A function, an object, or a class: one the app provides, or one this module creates. */
  readonly scope: ResolveScope | ScopeResolver | Type<ScopeResolver>;
  /**
   * What happens at start when the digest tables are not filled or a trigger is missing or out of date: `check` refuses
   * to start and names the command that mends it; `auto` installs. Default: `check`.
   */
  readonly install?: "check" | "auto";
  readonly limits?: {
    /** Largest request body in bytes. Default: 640 KiB, which the longest sketch needs. */
    readonly requestBytes?: number;
  };
  /** The live connections of `GET {path}/events`. */
  readonly events?: {
    /** How many this process holds at most; further ones are answered with 503 and poll. Default: 5,000. */
    readonly connections?: number;
    /** Milliseconds between two signs of life, which also keep proxies from closing the connection. Default: 15,000. */
    readonly heartbeat?: number;
    /**
     * Milliseconds after which a connection ends and its client comes back, so that guards and the scope are asked anew:
     * a grant that was taken back yields hints for so long at most, and never a row. Default: 300,000.
     */
    readonly maxAge?: number;
  };
  /**
   * Lets several server processes tell each other at once that something has settled, through what the app has anyway
   * (docs/live.md has a recipe for PostgreSQL). Without it each looks twice a second, as long as a client is connected.
   */
  readonly notifications?: Notifications;
  /**
   * Receives every unexpected error whole, for an error tracker. The log gets its name and stack without the message,
   * which may quote row data.
   */
  readonly onError?: (error: unknown) => void;
}

/** What `forRootAsync({ useClass })` and `useExisting` expect. */
export interface DigestSyncOptionsFactory {
  createDigestSyncOptions(): DigestSyncOptions | Promise<DigestSyncOptions>;
}

/** What shapes the routes. Known before any provider exists, so that it works with `forRootAsync` as well. */
export interface DigestSyncExtras {
  /** Path of the routes, below the app's global prefix. Default: `sync`. */
  readonly path?: string;
  /** Guards of the routes. Their dependencies are found in `imports` and in global modules. */
  readonly guards?: readonly (Type<CanActivate> | CanActivate)[];
  /** Further class decorators of the controller: Swagger's, a throttler's, the app's own metadata. */
  readonly decorators?: readonly ClassDecorator[];
  /** Modules whose exports the guards, the scope resolver and the `prisma` token need. */
  readonly imports?: NonNullable<ModuleMetadata["imports"]>;
  /** Makes `InjectDigests()` available everywhere. Default: false. */
  readonly isGlobal?: boolean;
}
