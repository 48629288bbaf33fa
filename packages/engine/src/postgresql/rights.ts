import type { Source } from "../dialect.js";
import type { Session } from "../ports.js";

export async function problems(_session: Session, _sources: readonly Source[]): Promise<string[]> {
  return [];
}
