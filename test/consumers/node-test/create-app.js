import express from 'express';
import { createCognitoRouter, getAuth } from 'express-cognito-kit';

export function createApp(config) {
  const auth = createCognitoRouter({ ...config, transport: 'cookie' });
  const app = express().use('/auth', auth);
  app.get('/reports', auth.requireAuth({ groups: 'admin' }), (req, res) => {
    res.json({ reader: getAuth(req).username });
  });
  return { app, auth };
}
