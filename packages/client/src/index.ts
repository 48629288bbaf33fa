export { DigestSyncError, type ErrorCode, type Manifest, registerAlgorithm } from "@digest-sync/core";
export type { AuditResult } from "./audit.js";
export { DigestSyncClient } from "./client.js";
export type { LocalCollection } from "./collection.js";
export type { HeadersOption } from "./http.js";
export { memoryStore } from "./memory-store.js";
export type { DigestSyncClientOptions, SyncOptions, SyncProgress, SyncResult } from "./options.js";
export type { HeldDigest, LocalStore, RowAddress, SavedState, StoreChange, StoredRow } from "./store.js";
export type { ChangedKeys, LocalChange } from "./subscribe.js";
