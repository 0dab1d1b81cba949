/**
 * An app that had one route, and what it takes to put Cognito in front of it: the two lines that are marked.
 *
 *   COGNITO_USER_POOL_ID=eu-central-1_AbCdEfGhI COGNITO_CLIENT_ID=1h57kf5cpq17m0eml12EXAMPLE \
 *     node --import tsx examples/existing-app.ts
 */
import express from 'express';
import { createCognitoRouter, getAuth, requireAuth } from 'express-cognito-kit';

const app = express();

app.use('/auth', createCognitoRouter()); // 1: sign-up, sign-in, passwords and sessions under /auth

// 2: requireAuth() in front of what was open to everybody
app.get('/reports', requireAuth(), (req, res) => {
  res.json({ reports: ['2026-Q1', '2026-Q2'], reader: getAuth(req).username });
});

const port = Number(process.env.PORT ?? 3000);
app.listen(port, (error) => {
  if (error) throw error;
  console.log(`http://localhost:${port}/reports`);
});
