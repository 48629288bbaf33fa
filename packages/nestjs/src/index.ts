export type { Notifications } from "@digest-sync/engine";
export { DigestSyncModule } from "./digest-sync.module.js";
export type {
  DigestSyncExtras,
  DigestSyncOptions,
  DigestSyncOptionsFactory,
  PrismaClientLike,
  ResolveScope,
  ScopeResolver,
} from "./digest-sync.options.js";
export { DIGESTS, InjectDigests } from "./digest-sync.tokens.js";
