import { setTimeout as pause } from "node:timers/promises";
import { digestSync } from "@digest-sync/prisma";
import type { PrismaClient } from "../../../prisma/generated/campaigns/prisma/client.js";
import { databases } from "../databases/index.js";
import { isConflict } from "../operations/errors.js";
import { Position, read, write } from "./lane.js";
import { Ledger } from "./ledger.js";
import type { AppSays, AppTask, Told } from "./messages.js";

// An app that writes along its lanes and settles in the background, until it is killed. When the database goes away it
// waits, looks what has become of the write under way, and goes on.

const say = (said: AppSays) => process.send?.(said);
process.on("disconnect", () => process.exit());

let paused = false;
let wake: () => void = () => undefined;

process.once("message", async ({ database, url, seed, ledger: path, positions, warns }: AppTask) => {
  const kind = databases[database]!;
  const plain = kind.client(url);
  let failures = 0;
  const onError = () => {
    failures += 1;
  };
  const options = { delay: 1, every: 50, ...(warns ? {} : { onError }) };
  const extended = plain.$extends(digestSync(kind.manifest, options)) as unknown as PrismaClient & {
    $digests: { start(): void };
  };
  extended.$digests.start();
  const ledger = new Ledger(path);
  let idle: Promise<void>[] = [];

  process.on("message", async (told: Told) => {
    if (told.do === "pause") {
      paused = true;
      await Promise.all(idle);
      say({ say: "paused", failures });
      failures = 0;
    } else {
      paused = false;
      wake();
    }
  });

  const lanes = positions.map(({ lane, index }) => {
    const position = new Position(seed, lane);
    position.advance(index);
    return { lane, position };
  });
  // The first query opens the connections.
  await plain.city.count();
  say({ say: "ready" });
  for (;;) {
    idle = lanes.map(async ({ lane, position }) => {
      while (!paused) await step(plain, extended, seed, lane, position, ledger);
    });
    await Promise.all(idle);
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
});

async function step(
  plain: PrismaClient,
  extended: PrismaClient,
  seed: number,
  lane: number,
  position: Position,
  ledger: Ledger,
): Promise<void> {
  try {
    await write(position.index % 2 === 0 ? extended : plain, seed, lane, position.index);
    position.advance(position.index + 1);
  } catch (error) {
    if (isConflict(error)) return;
    await find(plain, lane, position, error);
  }
  if (position.index > 0) ledger.acknowledged(lane, position.index - 1);
}

/** After an error nobody knows whether the write was committed: the rows do, as soon as they can be read. */
async function find(client: PrismaClient, lane: number, position: Position, cause: unknown): Promise<void> {
  for (;;) {
    try {
      const actual = await read(client, lane);
      if (position.find(actual) !== "neither") return;
      const expected = position.state;
      say({
        say: "fault",
        fault: `lane ${lane} is at no step: ${JSON.stringify({ actual, expected })}, after ${cause}`,
      });
      process.exit(1);
    } catch {
      await pause(100);
    }
  }
}
