import { DigestSyncError } from "@digest-sync/core";
import { BadRequestException, ForbiddenException, HttpException, UnauthorizedException } from "@nestjs/common";
import { describe, expect, it } from "vitest";
import { errorForLog } from "../src/digest-sync.log.js";
import { problemOf } from "../src/digest-sync.problem.js";

describe("The problem an error is answered with", () => {
  it("is 503 with whole seconds to wait while too much is pending", () => {
    const { problem, retryAfter, unexpected } = problemOf(
      new DigestSyncError("settling", "Busy.", { retryAfter: 1.2 }),
    );
    expect(problem).toEqual({
      type: "urn:digest-sync:problem:settling",
      title: "Service Unavailable",
      status: 503,
      detail: "Busy.",
      code: "settling",
    });
    expect(retryAfter).toBe(2);
    expect(unexpected).toBe(false);
    expect(problemOf(new DigestSyncError("settling", "Busy.")).retryAfter).toBe(1);
  });

  it("passes on what the app's own guards say", () => {
    expect(problemOf(new UnauthorizedException("Who are you?")).problem).toMatchObject({
      status: 401,
      code: "unauthorized",
      detail: "Who are you?",
    });
    expect(problemOf(new ForbiddenException()).problem).toMatchObject({ status: 403, code: "unauthorized" });
    expect(problemOf(new BadRequestException(["one", "two"])).problem.detail).toBe("one; two");
    expect(problemOf(new HttpException({ reason: "slow down" }, 429)).problem).toMatchObject({
      status: 429,
      code: "http-429",
      detail: "Too Many Requests",
    });
  });

  it.each([
    ["an error of a database driver", Object.assign(new Error("SELECT 'row data'"), { code: "ECONNREFUSED" })],
    ["an error that only looks like ours", Object.assign(new Error("row data"), { code: "malformed" })],
    ["a DigestSyncError that no request can cause", new DigestSyncError("not-installed", "Triggers: row data")],
    ["a thrown string", "row data"],
    ["nothing at all", undefined],
  ])("gives nothing away of %s", (_what, error) => {
    const { problem, unexpected } = problemOf(error);
    expect(problem).toMatchObject({ status: 500, code: "internal", title: "Internal Server Error" });
    expect(JSON.stringify(problem)).not.toContain("row data");
    expect(unexpected).toBe(true);
  });
});

describe("An error in the log", () => {
  it("has name, code and stack frames, and no message that may quote rows", () => {
    const error = Object.assign(new Error("Unique constraint failed: secret\nsecond secret"), { code: "P2002" });
    const text = errorForLog(error);
    expect(text).toMatch(/^Error \(P2002\)\n +at /);
    expect(text).not.toContain("secret");
  });

  it("has the message where it cannot quote rows", () => {
    expect(errorForLog(new DigestSyncError("not-installed", "No triggers."))).toContain("No triggers.");
    const missing = () => (undefined as unknown as { user: unknown }).user;
    expect(missing).toThrow();
    try {
      missing();
    } catch (error) {
      expect(errorForLog(error)).toContain("Cannot read properties of undefined (reading 'user')");
    }
  });

  it("says what was thrown when it was no error", () => {
    expect(errorForLog("secret")).toBe("a thrown string");
  });
});
