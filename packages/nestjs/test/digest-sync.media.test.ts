import { describe, expect, it } from "vitest";
import { answerMedia, requestMedia } from "../src/digest-sync.media.js";

describe("The media type of an answer", () => {
  it.each([
    [undefined, "cbor"],
    ["", "cbor"],
    ["*/*", "cbor"],
    ["application/*", "cbor"],
    ["application/cbor", "cbor"],
    ["text/html", "cbor"],
    ["application/json", "json"],
    ["Application/JSON; charset=utf-8", "json"],
    ["application/json, text/plain, */*", "json"],
    ["application/json, application/cbor", "cbor"],
    ["application/json, application/cbor;q=0.9", "json"],
    ["application/json;q=0.9, application/cbor", "cbor"],
    ["application/json;q=0.5, */*", "cbor"],
    ["application/json;q=0, */*", "cbor"],
    ["application/cbor;q=0, */*", "json"],
    ["application/cbor;q=nonsense, application/json;q=0.1", "json"],
  ])("for Accept %j is %s", (accept, media) => {
    expect(answerMedia(accept)).toBe(`application/${media}`);
  });
});

describe("The media type of a request", () => {
  it("is read without its parameters, in any case", () => {
    expect(requestMedia("Application/CBOR")).toBe("application/cbor");
    expect(requestMedia("application/json; charset=utf-8")).toBe("application/json");
  });

  it.each([undefined, "", "text/plain", "application/cbor-seq", "application/problem+json"])(
    "is refused when %j",
    (type) => {
      expect(() => requestMedia(type)).toThrow(expect.objectContaining({ code: "unsupported-media-type" }));
    },
  );
});
