import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EventParser } from "../src/live/event-parser.js";

const parse = (chunks: readonly string[]) => {
  const events: string[] = [];
  const parser = new EventParser((name, data) => events.push(`${name}:${data}`));
  for (const chunk of chunks) parser.push(chunk);
  return events;
};

describe("the event parser", () => {
  it.each([["\n"], ["\r\n"], ["\r"]])(
    "reads names and data, and skips comments, ids and what it does not know (line end %j)",
    (end) => {
      const lines = [
        ": hello",
        "retry: 100",
        "event: ready",
        'data: {"heartbeat":5}',
        "",
        ":",
        "id: 7",
        "event:hint",
        "data",
        "",
        "data: x",
        "",
      ];
      expect(parse([...lines, "event: cut"].map((line) => `${line}${end}`))).toEqual([
        'ready:{"heartbeat":5}',
        "hint:",
      ]);
    },
  );

  it("reads the same however the stream is cut", () => {
    const text =
      ': \r\n\r\nevent: ready\r\ndata: {"heartbeat":15000}\r\n\r\nevent: hint\ndata: {}\n\nevent: hint\n\n: \n\n';
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: text.length })), (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), text.length];
        const chunks = at.slice(1).map((end, i) => text.slice(at[i], end));
        expect(parse(chunks)).toEqual(['ready:{"heartbeat":15000}', "hint:{}", "hint:"]);
      }),
      { seed: 11 },
    );
  });

  it.each([
    ["line", "x".repeat(1_000)],
    ["event", `data: ${"x".repeat(1_000)}\n`],
  ])("refuses a %s without end", (_name, chunk) => {
    expect(() => parse(Array.from({ length: 100 }, () => chunk))).toThrow(RangeError);
  });
});
