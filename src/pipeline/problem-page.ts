import type { Request, Response } from 'express';
import { type Problem, requestIdOf } from '../shared/problem.ts';

/** Forbids frames, for a response to a navigation. */
export function forbidFrames(res: Response): void {
  res.setHeader('X-Frame-Options', 'DENY');
  res.setHeader('Content-Security-Policy', "default-src 'none'; base-uri 'none'; frame-ancestors 'none'");
}

/** Sends the problem as HTML, for a browser that navigates. `signInPath` is a path to sign in again. */
export function sendProblemPage(
  { status, title, detail, code, headers }: Problem,
  signInPath: string | undefined,
  req: Request,
  res: Response,
): void {
  const [heading, text, id, href] = [title, detail, requestIdOf(req), signInPath ?? ''].map(escaped);
  const link = signInPath === undefined ? '' : `<p><a href="${href}">Sign in again</a></p>`;
  res.statusCode = status;
  forbidFrames(res);
  res.setHeader('Content-Type', 'text/html; charset=utf-8');
  res.setHeader('Cache-Control', 'no-store');
  for (const [name, value] of Object.entries(headers ?? {})) res.setHeader(name, value);
  res.end(
    `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${heading}</title><h1>${heading}</h1><p>${text}</p>${link}<p><small>${code}, request ${id}</small></p></html>\n`,
  );
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
