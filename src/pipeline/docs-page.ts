import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Request, RequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import type { Settings } from '../config/settings.ts';
import { openapi } from '../endpoints/meta.ts';
import { DOCS_PAGE_POLICY, DOCS_PAGE_SCRIPT, DOCS_PAGE_STYLE, docsPage } from '../openapi/docs-page.ts';
import type { Hint } from '../shared/hint.ts';
import { answerProblem, problem, requestIdOf } from '../shared/problem.ts';
import { sendSeeOther } from '../shared/see-other.ts';
import { type Rendering, render, sendRendering } from './document-answer.ts';

/** The page that shows the OpenAPI document, and the files that it loads. */
export interface DocsPage {
  readonly path: string;
  /** The names of the files, relative to the page. */
  readonly files: readonly string[];
  /** Sends the page. Redirects to the path with a slash at its end, because the page's URLs are relative. */
  readonly page: RequestHandler;
  readonly file: RequestHandler;
  /** Loads Swagger UI. Rejects if its package is missing. */
  ready(): Promise<void>;
}

const FROM_SWAGGER_UI: Readonly<Record<string, string>> = {
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'swagger-ui.css': 'text/css; charset=utf-8',
};

const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': DOCS_PAGE_POLICY,
  'X-Frame-Options': 'DENY',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'X-Robots-Tag': 'noindex',
};

const MISSING_HINT: Hint =
  'the option docs needs the package swagger-ui-dist 5: install it beside express-cognito-kit. See docs/openapi.md#a-page-to-try-the-api';
const PRODUCTION_HINT: Hint =
  "set docs to process.env.NODE_ENV !== 'production' unless the page is meant for the public. See docs/openapi.md#a-page-to-try-the-api";

/** Returns the page, or `undefined` without the option `docs`. Warns in production. */
export function createDocsPage(
  { docsPath, routes, onError }: Settings,
  logger: Logger,
  env: NodeJS.ProcessEnv = process.env,
): DocsPage | undefined {
  if (docsPath === undefined) return undefined;
  if (env.NODE_ENV === 'production') {
    logger.warn(
      { code: 'docs_in_production', hint: PRODUCTION_HINT },
      'the docs page is served in production',
    );
  }
  const page = render(docsPage(docsPath, routes.openapi || openapi.path), 'text/html; charset=utf-8');
  const own = new Map<string, Rendering>([
    ['page.js', render(DOCS_PAGE_SCRIPT, 'text/javascript; charset=utf-8')],
    ['page.css', render(DOCS_PAGE_STYLE, 'text/css; charset=utf-8')],
  ]);

  async function send(rendering: Rendering, req: Request, res: Response): Promise<void> {
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) res.setHeader(name, value);
    await sendRendering(rendering, req, res);
  }

  return {
    path: docsPath,
    files: [...own.keys(), ...Object.keys(FROM_SWAGGER_UI)],
    page: function serveDocsPage(req, res, next) {
      if (req.path.endsWith('/')) send(page, req, res).catch(next);
      // Relative, because a proxy may have removed a part of the path.
      else sendSeeOther(res, `${docsPath.slice(docsPath.lastIndexOf('/') + 1)}/`);
    },
    file: function serveDocsFile(req, res, next) {
      const name = req.path.slice(req.path.lastIndexOf('/') + 1);
      fileOf(name)
        .then((rendering) => (rendering ? send(rendering, req, res) : next()))
        .catch((error: unknown) => {
          if (!(error instanceof MissingPackage)) return next(error);
          const line = { requestId: requestIdOf(req), code: 'server_misconfigured', hint: MISSING_HINT };
          logger.error(line, 'the docs page cannot be served');
          answerProblem(onError, problem('server_misconfigured'), req, res, next);
        });
    },
    ready: async () => {
      await swaggerUi();
    },
  };

  async function fileOf(name: string): Promise<Rendering | undefined> {
    return own.get(name) ?? (await swaggerUi()).get(name);
  }
}

class MissingPackage extends Error {}

let loaded: Promise<ReadonlyMap<string, Rendering>> | undefined;

/** One copy serves all routers. */
function swaggerUi(): Promise<ReadonlyMap<string, Rendering>> {
  loaded ??= readSwaggerUi().catch((cause: unknown) => {
    loaded = undefined;
    throw new MissingPackage(MISSING_HINT, { cause });
  });
  return loaded;
}

async function readSwaggerUi(): Promise<ReadonlyMap<string, Rendering>> {
  // The main file would run the bundle on the server.
  // @ts-expect-error the package has no types
  const { default: folderOf }: { default: () => string } = await import('swagger-ui-dist/absolute-path.js');
  const folder = folderOf();
  const files = Object.entries(FROM_SWAGGER_UI).map(
    async ([name, type]) => [name, render(await readFile(join(folder, name)), type)] as const,
  );
  return new Map(await Promise.all(files));
}
