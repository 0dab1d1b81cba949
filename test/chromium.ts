import { existsSync } from 'node:fs';
import { type Browser, chromium, type LaunchOptions, type Page } from 'playwright-core';

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
const REFUSED_REQUEST = /^Failed to load resource: the server responded with a status of 4\d\d/;

/** For a suite, which is skipped where there is no Chromium, and says so; an error where one is required. */
export async function launchChromium(
  context: Mocha.Context,
  { args = [], ...options }: LaunchOptions = {},
): Promise<Browser> {
  if (CHROMIUM && existsSync(CHROMIUM)) {
    return chromium.launch({ ...options, executablePath: CHROMIUM, args: [...ARGS, ...args] });
  }
  const message = `no Chromium at ${CHROMIUM ?? PLACES.join(', ')}: install it, or set CHROMIUM_PATH`;
  if (REQUIRED) throw new Error(message);
  console.warn(`      skipped: ${message}`);
  return context.skip();
}

/** Notes what goes wrong on a page: console errors, and what its scripts and its policy throw. */
export function noteTroubles(page: Page, troubles: string[]): void {
  page.on('console', (message) => {
    if (message.type() === 'error' && !REFUSED_REQUEST.test(message.text())) troubles.push(message.text());
  });
  page.on('pageerror', (error) => troubles.push(String(error)));
}
