import type { Source, Trigger } from "../dialect.js";

export function upstreamTriggers(_source: Source): Trigger[] {
  return [];
}
