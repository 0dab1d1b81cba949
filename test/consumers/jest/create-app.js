const express = require('express');
const { createCognitoRouter, getAuth } = require('express-cognito-kit');

exports.createApp = function createApp(config) {
  const auth = createCognitoRouter({ ...config, transport: 'cookie' });
  const app = express().use('/auth', auth);
  app.get('/reports', auth.requireAuth({ groups: 'admin' }), (req, res) => {
    res.json({ reader: getAuth(req).username });
  });
  return { app, auth };
};
