import { createHash } from "node:crypto";

/** CPU milliseconds that the work below takes on an undisturbed core of a current server (measured on an AMD EPYC). */
const reference = 1.5;

/**
 * How many times slower than the reference this machine is right now, at least 1. Other processes on the same core, its
 * other thread and its caches make the same work cost two or three times the CPU: a bound in milliseconds means nothing
 * without that factor. The work is of the kind that requests are made of: text, objects, bytes, hashes.
 */
export function slowness(): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 3; i++) {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1_000);
  }
  return Math.max(1, least / reference);
}

function work(): string {
  const rows = Array.from({ length: 1_500 }, (_, i) => ({
    id: `id-${i}`,
    name: `name ${i}`,
    size: i / 7,
    at: [i, -i],
  }));
  const text = JSON.stringify(rows);
  const hash = createHash("sha256");
  for (const row of JSON.parse(text) as typeof rows) hash.update(`${row.id}${row.name}${row.size}`);
  return hash.digest("hex");
}
