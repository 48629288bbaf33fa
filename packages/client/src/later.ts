import { algorithm, DigestSyncError, equalBytes, fingerprint, RootState, Sketch } from "@digest-sync/core";
import { breathe } from "./breathe.js";
import { abortable } from "./environment.js";
import { KEPT_CELLS } from "./local-set.js";
import { retryAfterMilliseconds } from "./retry.js";
import { everyPage } from "./store.js";
import { View } from "./view.js";

// What few pages need is loaded when they need it: live sync, and the mending of a copy. These modules import nothing
// that runs. Of what they share with the rest a bundler would make a file of its own, and two files compress worse than
// one, for everybody.

/** What the modules that are loaded later use of the main bundle. */
export const kit = {
  ...{ DigestSyncError, RootState, Sketch, View, abortable, algorithm, breathe, equalBytes, everyPage, fingerprint },
  ...{ retryAfterMilliseconds, KEPT_CELLS },
};
export type Kit = typeof kit;

/** The module, once it is there. Throws "network" when it cannot be loaded. */
export async function later<Module>(loading: Promise<Module>, path: "live" | "mend"): Promise<Module> {
  try {
    return await loading;
  } catch (cause) {
    const message = `a part of the client cannot be loaded; reload, or import @digest-sync/client/${path} in the app`;
    throw new DigestSyncError("network", message, { cause });
  }
}

/** What mends a copy. */
export const mending = () => later(import("./mend/index.js"), "mend");
