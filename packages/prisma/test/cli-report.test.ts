import type { AuditReport } from "@digest-sync/engine";
import { describe, expect, test } from "vitest";
import { outcomeOfAudit, outcomeOfCheck, outcomeOfInstall } from "../src/cli/report.js";

const clean: AuditReport = { ok: true, rows: 1234, findings: [], sums: [], unencodable: [], repaired: false };
const finding = { collection: "Chat", scope: "", key: "c", kind: "missing" } as const;
const poisoned = { collection: "Chat", key: "p", message: "title: not a string" };

describe("the result of an audit", () => {
  test("is fine when nothing was found, or when everything that was found is mended", () => {
    expect(outcomeOfAudit(clean)).toMatchObject({ ok: true, text: expect.stringMatching(/^1,234 rows read\.\n/) });
    expect(outcomeOfAudit({ ...clean, ok: false, findings: [finding], repaired: true }).ok).toBe(true);
    expect(outcomeOfAudit({ ...clean, ok: false, findings: [finding] }).ok).toBe(false);
  });

  test("is not fine while a row cannot be encoded: no repair helps, the row itself is at fault", () => {
    const outcome = outcomeOfAudit({ ...clean, unencodable: [poisoned], repaired: true });
    expect(outcome.ok).toBe(false);
    expect(outcome.text).toContain("cannot be encoded: Chat p: title: not a string\n");
  });

  test("lists 20 findings and counts the rest; the report has all of them", () => {
    const findings = Array.from({ length: 1_030 }, (_, index) => ({ ...finding, key: `c${index}` }));
    const { text, report } = outcomeOfAudit({ ...clean, ok: false, findings });
    expect(text).toContain("missing: Chat c19\n... and 1,010 more\nTo mend digests, roots and sketches: --repair\n");
    expect(report).toMatchObject({ findings });
  });
});

describe("the result of an install", () => {
  const nothing = { created: [], dropped: [], backfilled: [], superseded: false };

  test("says that nothing was to be done", () => {
    expect(outcomeOfInstall(nothing, { settled: 0, errors: 0 })).toMatchObject({
      ok: true,
      text: "Everything was in place.\n0 rows digested.\n",
    });
  });

  test("is not fine when a row could not be encoded", () => {
    const report = { created: ["t"], dropped: ["u", "v"], backfilled: ["Chat"], superseded: false };
    expect(outcomeOfInstall(report, { settled: 2, errors: 1 })).toMatchObject({
      ok: false,
      text:
        "Created 1 trigger.\nDropped 2 outdated triggers.\nRead the rows of Chat.\n2 rows digested.\n" +
        '1 row could not be encoded and will not sync. "digest-sync audit" says why.\n',
    });
  });
});

test("the result of a check lists the problems, one a line", () => {
  const outcome = outcomeOfCheck({ ok: false, superseded: false, problems: ["A is missing.", "B is missing."] });
  expect(outcome).toMatchObject({ ok: false, text: "A is missing.\nB is missing.\n" });
});

test("the result of a check tells that a later version of the app has taken over", () => {
  const outcome = outcomeOfCheck({ ok: true, superseded: true, problems: [] });
  expect(outcome).toMatchObject({ ok: true, text: expect.stringMatching("A later version .* digest-sync install\n") });
});
