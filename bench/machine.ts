import { arch, cpus, loadavg, platform, totalmem } from 'node:os';

/** The machine, in one line. */
export function machine(): string {
  const [cpu] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  const [load = 0] = loadavg();
  return `Node ${process.version} on ${platform()} ${arch()}, ${cpus().length} cores (${cpu?.model.trim()}), ${memory} GiB, load ${load.toFixed(2)}`;
}
