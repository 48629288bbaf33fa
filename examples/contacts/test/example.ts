import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { seededDatabase } from "../src/demo/database.js";
import type { Size } from "../src/demo/seed.js";
import { type Server, startServer } from "../src/server.js";

/** The example in small: every scene of the story finds what it needs in it. */
export const small: Size = { accounts: 2, contacts: 50, messages: 400, cities: 500 };

/** A folder that is gone when the test is over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "digest-sync-contacts-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The app over a database of its own, until the test is over. */
export async function startExample(size: Size): Promise<Server> {
  const server = await startServer(await seededDatabase(temporaryFolder(), { size, onProgress: () => {} }));
  onTestFinished(() => server.close());
  return server;
}

/** What a demo prints. */
export class Printed {
  text = "";
  /** Called after everything that is written. */
  onWrite: () => void = () => {};

  write(text: string): void {
    this.text += text;
    this.onWrite();
  }
}
