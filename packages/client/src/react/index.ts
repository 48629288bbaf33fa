import { type KeyValue, keyOfParts } from "@digest-sync/core";
import { useMemo, useSyncExternalStore } from "react";
import type { DigestSyncClient } from "../client.js";
import { followedRows, type RowSource } from "../followed-rows.js";
import type { SyncStatus } from "../status.js";

type AnyRows = Record<string, object>;

/**
 * All rows of a collection in key order; undefined until they are read from the store. A row that did not change is the
 * same object as before, so a memoised component that shows it does not render again. A store that fails throws to the
 * nearest error boundary.
 *
 * @example
 * const contacts = useCollection(sync, "Contact");
 * return contacts === undefined ? <Loading /> : contacts.map((contact) => <Card key={contact.id} contact={contact} />);
 */
export function useCollection<Rows extends AnyRows, Name extends keyof Rows & string>(
  client: DigestSyncClient<Rows>,
  name: Name,
): readonly Rows[Name][] | undefined {
  const { subscribe, get } = useMemo(() => {
    const rows = followedRows(client as unknown as RowSource, name);
    return {
      subscribe: (listener: () => void) => rows.followAll(listener),
      get: () => rows.whole() as readonly Rows[Name][] | undefined,
    };
  }, [client, name]);
  return useSyncExternalStore(subscribe, get, nothing);
}

/**
 * One row: null when there is none, undefined until that is known. Renders again when this row changes, and only then.
 *
 * @param key the value of the key field, or a list with one for each
 * @example
 * const contact = useRow(sync, "Contact", "c1");
 * const member = useRow(sync, "Member", ["team-1", 7]);
 */
export function useRow<Rows extends AnyRows, Name extends keyof Rows & string>(
  client: DigestSyncClient<Rows>,
  name: Name,
  key: KeyValue | readonly KeyValue[],
): Rows[Name] | null | undefined {
  const text = keyOfParts(Array.isArray(key) ? key : [key as KeyValue]);
  const { subscribe, get } = useMemo(() => {
    const rows = followedRows(client as unknown as RowSource, name);
    return {
      subscribe: (listener: () => void) => rows.follow(text, listener),
      get: () => rows.row(text) as Rows[Name] | null | undefined,
    };
  }, [client, name, text]);
  return useSyncExternalStore(subscribe, get, nothing);
}

/**
 * What the client is at. With a function that picks a part, it renders again when that part changes.
 *
 * @example
 * const { phase, error } = useSyncStatus(sync);
 * const isLive = useSyncStatus(sync, ({ phase }) => phase === "live");
 */
export function useSyncStatus(client: Pick<DigestSyncClient, "status" | "onStatus">): SyncStatus;
export function useSyncStatus<Part extends string | number | boolean | object | null | undefined>(
  client: Pick<DigestSyncClient, "status" | "onStatus">,
  pick: (status: SyncStatus) => Part,
): Part;
export function useSyncStatus(
  client: Pick<DigestSyncClient, "status" | "onStatus">,
  pick: (status: SyncStatus) => unknown = (status) => status,
): unknown {
  const get = () => pick(client.status);
  return useSyncExternalStore(client.onStatus, get, get);
}

/** On a server, and while its markup is taken over, nothing is read yet. */
const nothing = () => undefined;
