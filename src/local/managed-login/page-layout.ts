import { createHash } from 'node:crypto';
import type { Answer } from '../wire/answer.ts';
import { CSRF_FIELD } from './browser-sessions.ts';
import { Html, html } from './html.ts';

/** The style of SetUICustomization. */
export interface PageStyle {
  /** Checked rules; without `<`. */
  readonly css: string | undefined;
  /** A data URL. */
  readonly logo: string | undefined;
}

/** A page of managed login. */
export interface Page {
  readonly title: string;
  readonly content: Html;
  /** Error message. */
  readonly error?: string | undefined;
  /** Success message. */
  readonly notice?: string | undefined;
  /** URL of the app, which forms may redirect to. */
  readonly target?: string;
  /** The app client's own style. */
  readonly style?: PageStyle | undefined;
  readonly status?: number;
}

const STYLE = `
:root { color-scheme: light dark; --text: #16191f; --page: #eef1f4; --card: #fff; --line: #6b7785; --action: #0a58ca; --on-action: #fff; --bad: #a61b1b; --good: #1a6334; }
@media (prefers-color-scheme: dark) { :root { --text: #eceff3; --page: #14171c; --card: #20252c; --line: #8b97a6; --action: #8ab8ff; --on-action: #10141a; --bad: #ff9d9d; --good: #8fdcaa; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-content: center; padding: 1rem; background: var(--page); color: var(--text); font: 1rem/1.5 system-ui, sans-serif; }
main { width: min(24rem, 100vw - 2rem); padding: 1.5rem 2rem 2rem; background: var(--card); border-radius: .75rem; box-shadow: 0 1px 4px #0003; overflow-wrap: anywhere; }
h1 { margin: 0 0 1rem; font-size: 1.4rem; }
label, legend { display: block; margin: .75rem 0 .25rem; font-weight: 600; }
fieldset { margin: 0; padding: 0; border: 0; }
fieldset label { font-weight: 400; }
input:where(:not([type=radio])) { width: 100%; padding: .6rem .7rem; font: inherit; color: inherit; background: transparent; border: 1px solid var(--line); border-radius: .4rem; }
button, .button { display: block; width: 100%; margin-top: 1rem; padding: .65rem; font: inherit; font-weight: 600; text-align: center; text-decoration: none; color: var(--on-action); background: var(--action); border: 1px solid var(--action); border-radius: .4rem; cursor: pointer; }
.second { color: var(--action); background: transparent; }
a { color: var(--action); }
:focus-visible { outline: 3px solid var(--action); outline-offset: 2px; }
[role=alert], [role=status] { margin: 0 0 1rem; padding: .6rem .8rem; border: 1px solid; border-radius: .4rem; }
[role=alert] { color: var(--bad); }
[role=status] { color: var(--good); }
.links { margin: 1rem 0 0; display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; }
.note { margin: 1.5rem 0 0; font-size: .85rem; }
code { font-size: .95em; }
`;

const LOGO_STYLE =
  '.logo-customizable { display: block; max-width: 100%; max-height: 11rem; margin: 0 auto 1rem; }\n';

export function sendPage(page: Page): Answer {
  const { title, content, error, notice, target, style, status = error === undefined ? 200 : 400 } = page;
  const styles = [STYLE, style?.logo && LOGO_STYLE, style?.css].filter((css) => css !== undefined);
  const body = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
${styles.map(
  (css) => html`<style>${new Html(css)}</style>
`,
)}</head>
<body>
<main class="background-customizable">
${
  style?.logo === undefined
    ? undefined
    : html`<div class="banner-customizable"><img class="logo-customizable" src="${style.logo}" alt=""></div>
`
}<h1>${title}</h1>
${error === undefined ? undefined : html`<div class="errorMessage-customizable"><p role="alert">${error}</p></div>`}
${notice === undefined ? undefined : html`<p role="status">${notice}</p>`}
${content}
<p class="note">A local user pool, for development only.</p>
</main>
</body>
</html>
`;
  return {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': policy(target, styles),
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
    },
    body: body.markup,
  };
}

/**
 * Allows forms to redirect to the app, because browsers apply `form-action` to redirects too. The app may redirect on to
 * a front end on another origin, so the whole scheme is allowed.
 */
function policy(target: string | undefined, styles: readonly string[]): string {
  const app = target === undefined ? '' : ` ${new URL(target).protocol}`;
  return [
    "default-src 'none'",
    `style-src ${styles.map((css) => `'sha256-${createHash('sha256').update(css).digest('base64')}'`).join(' ')}`,
    'img-src data:',
    `form-action 'self'${app}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ');
}

/** Creates a form that posts to its own page. `others` are alternative buttons. */
export function form(csrf: string, content: readonly Html[], submit: string, others?: Html): Html {
  return html`<form method="post">
<input type="hidden" name="${CSRF_FIELD}" value="${csrf}">
${content}<button type="submit" class="submitButton-customizable">${submit}</button>
${others}</form>
`;
}
