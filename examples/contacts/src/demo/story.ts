import { damage } from "./damage.js";
import type { Cost } from "./device.js";
import { compare } from "./equality.js";
import { refusal } from "./refusal.js";
import type { Scene, Stage } from "./stage.js";
import { cascade, move, nestedWrite, rawSql, rollback, threeContacts, updateMany } from "./writes.js";

/** A step of the story, played. */
export interface Step extends Cost {
  readonly name: string;
  readonly what: string;
  /** Whether every row was compared and found equal; null for the refusal, which leaves the copy as it was. */
  readonly equal: boolean | null;
  /** The first row that differs, in words. */
  readonly difference: string | null;
  /** Rows that were compared. */
  readonly compared: number;
  /** Bytes of the same rows as JSON. */
  readonly fullBytes: number;
}

const firstSync: Scene = {
  name: "first sync",
  play: async ({ ada }) => ({ what: "an empty device", cost: await ada.sync(false) }),
};

const nothingChanged: Scene = {
  name: "nothing changed",
  play: async ({ ada }) => ({ what: "", cost: await ada.sync(false) }),
};

/** In the order they are played. */
export const scenes: readonly Scene[] = [
  firstSync,
  nothingChanged,
  threeContacts,
  nestedWrite,
  updateMany,
  rawSql,
  cascade,
  rollback,
  move,
  damage,
  refusal,
];

/** Plays the story. A step that is not equal does not end it. */
export async function* story(stage: Stage): AsyncGenerator<Step> {
  for (const scene of scenes) yield await playScene(stage, scene);
}

/** Plays one scene, then compares the copies with the database. */
export async function playScene(stage: Stage, scene: Scene): Promise<Step> {
  const { what, cost, devices = [stage.ada], refused } = await scene.play(stage);
  const step = { name: scene.name, what, ...cost, difference: null as string | null, compared: 0, fullBytes: 0 };
  for (const device of devices) {
    const { rows, fullBytes, difference } = await compare(stage.database, device);
    step.difference ??= difference;
    step.compared += rows;
    step.fullBytes += fullBytes;
  }
  const equal = step.difference === null;
  return { ...step, equal: refused && equal ? null : equal };
}
