import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { getAuth } from '../../src/auth/request-auth.ts';
import { createCognitoRouter } from '../../src/router.ts';

/** The app that `stop-under-load.ts` stops. RECIPE=abrupt closes the server without waiting for the router. */
const auth = createCognitoRouter({ rateLimits: false, logger: false });
const app = express().use('/auth', auth);
app.get('/reports', auth.requireAuth(), (req, res) => void res.json({ reader: getAuth(req).sub }));
// A route outside the router.
app.get('/slow', (_req, res) => void setTimeout(() => res.json({ slow: true }), 1500));
await auth.ready();

const server = createServer(app).listen(0, '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});

const stop = (): void => {
  process.off('SIGINT', stop).off('SIGTERM', stop);
  if (process.env.RECIPE === 'abrupt') {
    server.close();
    void auth.close();
  } else void auth.close({ server });
};
process.on('SIGINT', stop).on('SIGTERM', stop);
