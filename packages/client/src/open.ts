import { algorithm, equalBytes } from "@digest-sync/core";
import { kit, mending } from "./later.js";
import type { LocalSet } from "./local-set.js";

/** Before anything else of a run: take over what the store holds, and mend what does not fit this app. */
export async function open(set: LocalSet): Promise<void> {
  await set.refresh();
  algorithm(set.view.algorithm);
  if (set.damaged || (await set.hasStrayRows())) await (await mending()).audit(kit, set);
  // The app was updated since and brings another manifest; whether the server's is yet another, the server will say.
  if (!equalBytes(set.state.app, set.app.fingerprint)) await (await mending()).adopt(kit, set, undefined);
}
