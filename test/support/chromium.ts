import { type Browser, chromium, type LaunchOptions, type Page } from 'playwright-core';
import { chromiumPath, NO_CHROMIUM, skipWithout } from './installed-programs.ts';

const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Chromium's console error for a refused request, which many tests expect. */
const REFUSED_REQUEST = /^Failed to load resource: the server responded with a status of 4\d\d/;

/** Launches Chromium. Without Chromium, skips the suite with a message, or throws if Chromium is required. */
export async function launchChromium(
  context: Mocha.Context,
  { args = [], ...options }: LaunchOptions = {},
): Promise<Browser> {
  const executablePath = chromiumPath();
  if (executablePath) return chromium.launch({ ...options, executablePath, args: [...ARGS, ...args] });
  return skipWithout(context, 'REQUIRE_BROWSER', NO_CHROMIUM);
}

/** Records the console errors and uncaught errors of a page. */
export function noteTroubles(page: Page, troubles: string[]): void {
  page.on('console', (message) => {
    if (message.type() === 'error' && !REFUSED_REQUEST.test(message.text())) troubles.push(message.text());
  });
  page.on('pageerror', (error) => troubles.push(String(error)));
}
