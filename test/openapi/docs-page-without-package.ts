import express from 'express';
import supertest from 'supertest';
import { parseConfig } from '../../src/config/settings.ts';
import { createDocsPage } from '../../src/pipeline/docs-page.ts';
import { captureLog } from '../support/log-capture.ts';

/** Run by docs-page.test.ts without swagger-ui-dist: prints the answer for a file, the hint and the outcome of `ready`. */
const log = captureLog();
const settings = parseConfig({ userPoolId: 'us-east-1_AbCdEfGhI', clientId: 'client1234567890', docs: true });
const docs = createDocsPage(settings, log.logger);
if (!docs) throw new Error('There is no docs page.');
const app = express().get('/docs/swagger-ui.css', docs.file);
const { status, body } = await supertest(app).get('/docs/swagger-ui.css');
console.log(status, body.code);
console.log(log.lines()[0]?.hint);
await docs.ready().then(
  () => console.log('ready'),
  () => console.log('not ready'),
);
