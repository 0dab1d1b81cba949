import serverless from 'serverless-http';
import { optionsOfChild } from './child.ts';
import { appOf } from './contenders/app.ts';
import type { Contender } from './contenders/contender.ts';

/** The first request of a function behind API Gateway. */
export interface ColdStart {
  readonly contender: Contender;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A fresh process, from its start to the first answer, with the imports and the first calls in between. */
const { contender, method, path, headers, body = '' } = optionsOfChild<ColdStart>();
const { app } = await appOf(contender);
const answer = (await serverless(app)(
  {
    version: '2.0',
    rawPath: path,
    requestContext: { http: { method, path, sourceIp: '127.0.0.1' } },
    headers,
    body,
    isBase64Encoded: false,
  },
  {},
)) as { readonly statusCode: number };
const ms = performance.now();
const { user, system } = process.cpuUsage();
const mib = process.memoryUsage.rss() / 2 ** 20;
if (answer.statusCode !== 200) throw new Error(`The first answer had the status ${answer.statusCode}.`);
process.stdout.write(`\n${JSON.stringify({ ms, cpuMs: (user + system) / 1000, mib })}\n`, () =>
  process.exit(),
);
