import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { accounts } from "../../src/app/accounts.js";
import { seededDatabase } from "../../src/demo/database.js";
import { exampleFolder } from "../../src/demo/folders.js";
import { type Server, startServer } from "../../src/server.js";
import { browserPath, buildPage, launch } from "./browser.js";

const [ada] = accounts;
const size = { accounts: 2, contacts: 300, messages: 900, cities: 0 };
const screenshots = join(exampleFolder, "dist/screenshots");

/** The page in a real browser: everything is read from the screen, and written on the server. */
describe.skipIf(browserPath === undefined)("the web page", () => {
  const folder = mkdtempSync(join(tmpdir(), "digest-sync-page-"));
  let browser: Browser;
  let server: Server;
  let context: BrowserContext;
  let page: Page;
  /** Console errors and exceptions of all pages: there must be none. */
  const problems: string[] = [];

  beforeAll(async () => {
    await buildPage();
    mkdirSync(screenshots, { recursive: true });
    server = await startServer(await seededDatabase(folder, { size, onProgress: () => {} }));
    browser = await launch();
    context = await browser.newContext({ viewport: { width: 1360, height: 820 } });
    page = await open();
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function open(): Promise<Page> {
    const opened = await context.newPage();
    opened.on("pageerror", (error) => problems.push(error.message));
    await opened.goto(server.url);
    return opened;
  }

  const status = (on: Page = page) => on.getByTestId("status");
  const live = (on: Page = page) => status(on).filter({ hasText: "live" }).waitFor();
  const exchanges = (on: Page = page) => on.getByTestId("traffic").locator("li");
  const firstContact = () =>
    server.prisma.contact.findFirstOrThrow({ where: { accountId: ada.id }, orderBy: [{ name: "asc" }, { id: "asc" }] });
  const rename = async (name: string) => {
    const { id } = await firstContact();
    await server.prisma.contact.update({ where: { id }, data: { name } });
  };
  const entry = (name: string, on: Page = page) => on.getByTestId("contacts").getByRole("button", { name }).first();
  const root = async (on: Page = page) => on.locator(".root").first().getAttribute("title");

  test("loads, syncs for the first time, and shows the account's contacts", async () => {
    await live();
    const counted = await server.prisma.contact.count({ where: { accountId: ada.id } });
    await page.getByText(`${counted} contacts`).waitFor();
    expect(Number((await page.getByTestId("held").textContent())?.replaceAll(",", ""))).toBeGreaterThan(1_200);
    await page.screenshot({ path: join(screenshots, "desktop.png") });
  });

  test("shows an edit on the server by itself", async () => {
    await rename("Aaron Live");
    const started = performance.now();
    await entry("Aaron Live").waitFor();
    console.log(`An edit on the server was on the screen after ${Math.round(performance.now() - started)} ms.`);
    await entry("Aaron Live").click();
    await page.getByTestId("contact-name").filter({ hasText: "Aaron Live" }).waitFor();
    await page.screenshot({ path: join(screenshots, "edited.png") });
  });

  test("writes through the app's own API, and gets it back by sync", async () => {
    await page.getByLabel("Name").fill("Aaron Typed");
    await page.getByRole("button", { name: "Save on the server" }).click();
    await entry("Aaron Typed").waitFor();
    expect((await firstContact()).name).toBe("Aaron Typed");
    const { contact } = await server.prisma.chat.findFirstOrThrow({
      where: { accountId: ada.id, contact: { isNot: null } },
      select: { contact: true },
    });
    await page.getByLabel("Search contacts").fill(contact!.name);
    await entry(contact!.name).click();
    await page.getByLabel("Message", { exact: true }).fill("Typed here");
    await page.getByRole("button", { name: "Send" }).click();
    await page.locator(".message", { hasText: "Typed here" }).waitFor();
  });

  test("offline it goes on showing and searching what it holds, and catches up afterwards", async () => {
    await page.getByLabel("Go offline").check();
    await status().filter({ hasText: "offline" }).waitFor();
    await rename("Aaron Offline");
    await page.getByLabel("Search contacts").fill("aaron typed");
    await entry("Aaron Typed").waitFor();
    expect(await entry("Aaron Offline").count()).toBe(0);
    await page.getByLabel("Search contacts").fill("");
    await page.getByLabel("Go offline").uncheck();
    await entry("Aaron Offline").waitFor();
    await live();
  });

  test("a reload keeps the data: one small request proves that nothing has changed", async () => {
    await page.reload();
    await entry("Aaron Offline").waitFor();
    await live();
    expect(await exchanges().count()).toBe(1);
    await expect(exchanges().first().textContent()).resolves.toContain("in-sync");
    const bytes = await exchanges().first().locator(".mono").first().textContent();
    expect(bytes).toMatch(/^↑ \d{1,3} B ↓ \d{1,3} B$/);
  });

  test("a second tab shows the same, and one of the two syncs for both", async () => {
    const second = await open();
    await entry("Aaron Offline", second).waitFor();
    await rename("Aaron Twice");
    await Promise.all([entry("Aaron Twice").waitFor(), entry("Aaron Twice", second).waitFor()]);
    await status(second).filter({ hasText: "through another tab" }).waitFor();
    await page.close();
    page = second;
    await live();
    await rename("Aaron Alone");
    await entry("Aaron Alone").waitFor();
  });

  test("a row that went wrong in IndexedDB is found by the audit and healed", async () => {
    const damaged = await page.evaluate(damageRow, `contacts-${ada.id}`);
    expect(damaged).toBe(true);
    await page.getByRole("button", { name: "Check and heal" }).click();
    await page.getByTestId("audit").filter({ hasText: "1 row was wrong" }).waitFor();
    await live();
    const before = await exchanges().count();
    await page.getByRole("button", { name: "Check and heal" }).click();
    await page.getByTestId("audit").filter({ hasText: "nothing wrong" }).waitFor();
    expect(await exchanges().count()).toBeGreaterThanOrEqual(before);
    expect(await root()).toMatch(/[0-9a-f]{64}/);
  });

  test("is usable at phone width", async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await page.getByRole("button", { name: "Contacts", exact: true }).click();
    await entry("Aaron Alone").waitFor();
    await page.screenshot({ path: join(screenshots, "phone.png") });
    await page.getByRole("button", { name: "Traffic", exact: true }).click();
    await exchanges().first().waitFor();
    await page.screenshot({ path: join(screenshots, "phone-traffic.png") });
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(overflow).toBeLessThanOrEqual(0);
  });

  test("nothing went wrong on the way", () => {
    expect(problems).toEqual([]);
  });
});

/** Runs in the page: flips a bit in one stored contact, as a failing disk would. */
function damageRow(name: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(name);
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const transaction = opening.result.transaction("rows", "readwrite");
      const cursor = transaction.objectStore("rows").openCursor(IDBKeyRange.bound("Contact/", "Contact0"));
      cursor.onsuccess = () => {
        const { result } = cursor;
        if (!result) return;
        const record = result.value as { b: Uint8Array };
        record.b[record.b.length - 1]! ^= 1;
        result.update(record);
      };
      transaction.oncomplete = () => {
        opening.result.close();
        resolve(true);
      };
      transaction.onerror = () => reject(transaction.error);
    };
  });
}
