import { type Browser, chromium, type LaunchOptions, type Page } from 'playwright-core';
import { chromiumPath, NO_CHROMIUM } from './installed-programs.ts';

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
  const executablePath = chromiumPath();
  if (executablePath) return chromium.launch({ ...options, executablePath, args: [...ARGS, ...args] });
  if (REQUIRED) throw new Error(NO_CHROMIUM);
  console.warn(`      skipped: ${NO_CHROMIUM}`);
  return context.skip();
}

/** Notes what goes wrong on a page: console errors, and what its scripts and its policy throw. */
export function noteTroubles(page: Page, troubles: string[]): void {
  page.on('console', (message) => {
    if (message.type() === 'error' && !REFUSED_REQUEST.test(message.text())) troubles.push(message.text());
  });
  page.on('pageerror', (error) => troubles.push(String(error)));
}
