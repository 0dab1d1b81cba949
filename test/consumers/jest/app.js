const express = require('express');
const { createCognitoRouter, getAuth } = require('express-cognito-kit');

exports.startApp = function startApp(config) {
  const app = express();
  const auth = createCognitoRouter(config);
  app.use('/auth', auth);
  app.get('/reports', auth.requireAuth(), (req, res) => {
    res.json({ sub: getAuth(req).sub });
  });
  return new Promise((resolve) => {
    const server = app.listen(0, '127.0.0.1', () => {
      const close = () => {
        auth.close();
        server.closeAllConnections();
        server.close();
      };
      resolve({ url: `http://127.0.0.1:${server.address().port}`, close });
    });
  });
};
