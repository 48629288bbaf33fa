export type { AuditFinding, AuditOptions, AuditReport } from "./audit.js";
export { Digests, type SettleOptions } from "./digests.js";
export type { Notifications } from "./feed.js";
export { type CheckReport, type InstallOptions, type InstallProgress, type InstallReport, mend } from "./install.js";
export type {
  Column,
  DatabaseManifest,
  ForeignKey,
  Hop,
  Provider,
  ReferentialAction,
  RelationList,
  ScopePath,
  Table,
  TableName,
} from "./manifest.js";
export type { SettleResult } from "./plan.js";
export type { Database, KeyValues, Row, Session, SqlValue, Statement } from "./ports.js";
export type { Scope, ScopeRef, ScopeValue } from "./scope.js";
export type { SettlerOptions } from "./settler.js";
