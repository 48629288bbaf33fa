import type { Shot } from "./shot.js";

const mostTries = 60;

/** A smaller body that still shows the fault: pieces are left out, first large ones, then smaller ones. */
export async function shrink(shot: Shot, shows: (shot: Shot) => Promise<boolean>): Promise<Uint8Array> {
  let { body } = shot;
  let tries = 0;
  for (let piece = body.length >> 1; piece >= 1 && tries < mostTries; piece >>= 1) {
    for (let at = 0; at < body.length && tries < mostTries; tries++) {
      const smaller = Buffer.concat([body.subarray(0, at), body.subarray(at + piece)]);
      if (await shows({ ...shot, body: smaller })) body = smaller;
      else at += piece;
    }
  }
  return body;
}
