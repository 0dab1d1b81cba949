// Writes the OpenAPI document to a file, as a build does.
import { writeFile } from 'node:fs/promises';
import express from 'express';
import { createCognitoRouter } from 'express-cognito-kit';

const auth = createCognitoRouter({
  userPoolId: 'us-east-1_AbCdEfGhI',
  clientId: '1example23456789',
  logger: false,
});
const server = express()
  .use('/auth', auth)
  .listen(0, '127.0.0.1', async () => {
    const answer = await fetch(`http://127.0.0.1:${server.address().port}/auth/openapi.json`);
    await writeFile('openapi.json', await answer.text());
    await auth.close({ server });
  });
