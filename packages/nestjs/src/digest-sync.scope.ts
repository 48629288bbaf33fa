import type { Scope } from "@digest-sync/engine";
import {
  type CallHandler,
  type ExecutionContext,
  Inject,
  Injectable,
  Scope as InjectionScope,
  type NestInterceptor,
  type OnApplicationBootstrap,
  type Type,
} from "@nestjs/common";
import { ContextIdFactory, ModuleRef } from "@nestjs/core";
import type { DigestSyncOptions, ResolveScope, ScopeResolver } from "./digest-sync.options.js";
import { DIGEST_SYNC_OPTIONS } from "./digest-sync.tokens.js";

/** By request: a parameter decorator would hand the execution context to every global pipe of the app. */
const scopes = new WeakMap<object, Scope>();

/** The scope the resolver granted to this request. */
export function scopeOf(request: object): Scope {
  const scope = scopes.get(request);
  // Never a default: a missing scope must not mean "all rows".
  if (!scope) throw new Error("No scope was resolved for this request.");
  return scope;
}

/**
 * Asks the app's resolver. An interceptor, so that it runs after every guard and inside the context (AsyncLocalStorage)
 * that the app's own interceptors open.
 */
@Injectable()
export class DigestSyncScopeInterceptor implements NestInterceptor, OnApplicationBootstrap {
  /** Set when the resolver is a class that no module provides. */
  private created: ScopeResolver | undefined;

  constructor(
    @Inject(DIGEST_SYNC_OPTIONS) private readonly options: DigestSyncOptions,
    @Inject(ModuleRef) private readonly moduleRef: ModuleRef,
  ) {}

  /** At start, so that a dependency that cannot be resolved stops the app and not the first request. */
  async onApplicationBootstrap(): Promise<void> {
    const { scope } = this.options;
    if (isResolverClass(scope) && this.injectionScopeOf(scope) === undefined) {
      this.created = await this.moduleRef.create(scope);
    }
  }

  async intercept(context: ExecutionContext, next: CallHandler): Promise<ReturnType<CallHandler["handle"]>> {
    const request = context.switchToHttp().getRequest<object>();
    const resolver = await this.resolverFor(request);
    // A resolver without an answer grants nothing; the engine then names what is missing.
    scopes.set(request, (await resolver.resolve(context)) ?? {});
    return next.handle();
  }

  private resolverFor(request: object): ScopeResolver | Promise<ScopeResolver> {
    const { scope } = this.options;
    if (!isResolverClass(scope)) return typeof scope === "function" ? { resolve: scope } : scope;
    if (this.created) return this.created;
    if (this.injectionScopeOf(scope) === InjectionScope.DEFAULT) return this.moduleRef.get(scope, { strict: false });
    const contextId = ContextIdFactory.getByRequest(request);
    // Our controller is no request-scoped provider, so Nest has not offered this request for injection yet.
    this.moduleRef.registerRequestByContextId(request, contextId);
    return this.moduleRef.resolve(scope, contextId, { strict: false });
  }

  /** Undefined: no module of the app provides the class. */
  private injectionScopeOf(resolver: Type<ScopeResolver>): InjectionScope | undefined {
    try {
      return this.moduleRef.introspect(resolver).scope;
    } catch {
      return undefined;
    }
  }
}

function isResolverClass(scope: DigestSyncOptions["scope"]): scope is Type<ScopeResolver> {
  return (
    typeof scope === "function" &&
    typeof (scope as ResolveScope & Type<ScopeResolver>).prototype?.resolve === "function"
  );
}
