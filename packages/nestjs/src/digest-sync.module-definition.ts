import { ConfigurableModuleBuilder, type FactoryProvider, type InjectionToken, type Provider } from "@nestjs/common";
import { createController } from "./digest-sync.controller.js";
import { digestsOf } from "./digest-sync.digests.js";
import { DigestSyncEvents } from "./digest-sync.events.js";
import { report } from "./digest-sync.log.js";
import type { DigestSyncExtras, DigestSyncOptions } from "./digest-sync.options.js";
import { DIGEST_SYNC_OPTIONS, DIGESTS } from "./digest-sync.tokens.js";

const extras: DigestSyncExtras = { path: "sync", guards: [], decorators: [], imports: [], isGlobal: false };

export const { ConfigurableModuleClass, OPTIONS_TYPE, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<DigestSyncOptions>({ optionsInjectionToken: DIGEST_SYNC_OPTIONS })
    .setClassMethodName("forRoot")
    .setFactoryMethodName("createDigestSyncOptions")
    .setExtras(extras, (definition, given) => ({
      ...definition,
      global: given.isGlobal ?? false,
      imports: [...(definition.imports ?? []), ...(given.imports ?? [])],
      controllers: [createController(given)],
      providers: [...(definition.providers ?? []), digestsProvider(definition.providers ?? []), DigestSyncEvents],
      exports: [DIGESTS],
    }))
    .build();

/**
 * forRoot knows its options already: a token in them becomes a proper dependency, so that Nest creates the client
 * first and says what is missing when the token is not visible to this module.
 */
function digestsProvider(providers: readonly Provider[]): FactoryProvider {
  const known = providers.find((provider) => "useValue" in provider && provider.provide === DIGEST_SYNC_OPTIONS);
  const prisma: unknown = known && "useValue" in known ? (known.useValue as DigestSyncOptions).prisma : undefined;
  return {
    provide: DIGESTS,
    inject: [DIGEST_SYNC_OPTIONS, ...(isToken(prisma) ? [prisma] : [])],
    useFactory: (options: DigestSyncOptions, client: unknown = options.prisma) =>
      digestsOf(client, options.manifest, (error) => report("Settling failed", error, options.onError)),
  };
}

function isToken(value: unknown): value is InjectionToken {
  return typeof value === "function" || typeof value === "string" || typeof value === "symbol";
}
