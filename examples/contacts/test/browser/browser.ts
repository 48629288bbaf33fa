import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Browser, chromium } from "playwright-core";
import { build } from "vite";

const candidates = [
  process.env.DIGEST_SYNC_CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
];

/** The browser of this machine; undefined: there is none. With CI there has to be one. */
export const browserPath = candidates.find((path) => path !== undefined && existsSync(path));

if (browserPath === undefined) {
  const message = "no Chromium found; install it, or name one in DIGEST_SYNC_CHROMIUM";
  if (process.env.CI) throw new Error(message);
  console.warn(`\nNOT TESTED: the web page in a browser: ${message}.\n`);
}

/** A browser without a window that talks to nobody but the page. */
export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: browserPath!,
    args: [
      ...["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
      ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
    ],
  });
}

/** Builds the page from the sources, to where the app serves it from. */
export async function buildPage(): Promise<void> {
  const configFile = fileURLToPath(new URL("../../web/vite.config.ts", import.meta.url));
  await build({ configFile, logLevel: "error" });
}
