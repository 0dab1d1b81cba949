import { existsSync } from 'node:fs';
import { type Browser, chromium, type LaunchOptions } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const CHROMIUM = process.env.CHROMIUM_PATH ?? PLACES.find((path) => existsSync(path));
const REQUIRED = process.env.REQUIRE_BROWSER === '1' || process.env.REQUIRE_ALL === '1';
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A refused request is what many tests are about; Chromium reports it as an error all the same. */
export const REFUSED_REQUEST = /^Failed to load resource: the server responded with a status of 4\d\d/;

/** Undefined, and said aloud, where there is no Chromium; an error where one is required. */
export async function launchChromium({
  args = [],
  ...options
}: LaunchOptions = {}): Promise<Browser | undefined> {
  if (CHROMIUM && existsSync(CHROMIUM)) {
    return chromium.launch({ ...options, executablePath: CHROMIUM, args: [...ARGS, ...args] });
  }
  const message = `no Chromium at ${CHROMIUM ?? PLACES.join(', ')}: install it, or set CHROMIUM_PATH`;
  if (REQUIRED) throw new Error(message);
  console.warn(`      skipped: ${message}`);
  return undefined;
}
