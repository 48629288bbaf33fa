import { cpus, loadavg, platform, release, totalmem } from "node:os";

/** The machine in one line. The load tells how far wall-clock figures can be trusted. */
export function machine(): string {
  const [cpu] = cpus();
  const load = loadavg()[0]!.toFixed(1);
  return [
    `${cpu?.model.trim() ?? "unknown CPU"} x ${cpus().length}`,
    `${Math.round(totalmem() / 2 ** 30)} GB`,
    `${platform()} ${release()} ${process.arch}`,
    `Node ${process.version}`,
    `load ${load}`,
  ].join(", ");
}
