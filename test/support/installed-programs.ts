import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const CHROMIUM_PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const CHROMIUM = process.env.CHROMIUM_PATH ?? CHROMIUM_PLACES.find((path) => existsSync(path));

/** The reason to skip the browser tests. */
export const NO_CHROMIUM = `no Chromium at ${CHROMIUM ?? CHROMIUM_PLACES.join(', ')}: install it, or set CHROMIUM_PATH`;
/** The reason to skip the Redis tests. */
export const NO_REDIS = 'no redis-server on the path: install it';

export function chromiumPath(): string | undefined {
  return CHROMIUM && existsSync(CHROMIUM) ? CHROMIUM : undefined;
}

export function hasRedisServer(): boolean {
  return spawnSync('redis-server', ['--version']).status === 0;
}
