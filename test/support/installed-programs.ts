import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const CHROMIUM_PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const CHROMIUM = process.env.CHROMIUM_PATH ?? CHROMIUM_PLACES.find((path) => existsSync(path));

/** Why the tests in a browser cannot run. */
export const NO_CHROMIUM = `no Chromium at ${CHROMIUM ?? CHROMIUM_PLACES.join(', ')}: install it, or set CHROMIUM_PATH`;
/** Why the tests with Redis cannot run. */
export const NO_REDIS = 'no redis-server on the path: install it';

export function chromiumPath(): string | undefined {
  return CHROMIUM && existsSync(CHROMIUM) ? CHROMIUM : undefined;
}

export function hasRedisServer(): boolean {
  return spawnSync('redis-server', ['--version']).status === 0;
}
