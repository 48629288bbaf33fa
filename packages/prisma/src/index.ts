export type {
  AuditReport,
  CheckReport,
  Column,
  DatabaseManifest,
  Digests,
  InstallReport,
  Scope,
  ScopeValue,
  Table,
} from "@digest-sync/engine";
export { type DigestSyncOptions, digestSync } from "./extension.js";
