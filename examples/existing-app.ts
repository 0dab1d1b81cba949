/**
 * An app that had one route, and what it takes to put Cognito in front of it: the two lines that are marked.
 *
 *   COGNITO_USER_POOL_ID=eu-central-1_AbCdEfGhI COGNITO_CLIENT_ID=1h57kf5cpq17m0eml12EXAMPLE \
 *     node --import tsx examples/existing-app.ts
 */
import express from 'express';
import { createCognitoRouter, getAuth, requireAuth } from 'express-cognito-kit';

const app = express();

const auth = createCognitoRouter();
app.use('/auth', auth); // 1: sign-up, sign-in, passwords and sessions under /auth

// 2: requireAuth() in front of what was open to everybody
app.get('/reports', requireAuth(), (req, res) => {
  res.json({ reports: ['2026-Q1', '2026-Q2'], reader: getAuth(req).username });
});

const port = Number(process.env.PORT ?? 3000);
const server = app.listen(port, (error) => {
  if (error) throw error;
  console.log(`http://localhost:${port}/reports`);
});

// Requests under way are finished first. A second signal ends the process at once.
const stop = async (): Promise<void> => {
  process.off('SIGTERM', stop).off('SIGINT', stop);
  await auth.close({ server });
  process.exit();
};
process.on('SIGTERM', stop).on('SIGINT', stop);
