/**
 * Socket.IO: a browser is known by its session cookie, another client by its token. A socket is disconnected when its
 * session is signed out, or its token expires.
 * Uses COGNITO_USER_POOL_ID and COGNITO_CLIENT_ID if they are set, else a user pool of its own, in memory.
 * Run it with node --import tsx examples/socket-io.ts
 */
import express from 'express';
import { type Auth, createCognitoRouter, ProblemError } from 'express-cognito-kit';
import { startLocalUserPool } from 'express-cognito-kit/local';
import { type DefaultEventsMap, Server } from 'socket.io';

const ADA = { username: 'ada@example.com', password: 'Analytical-1843' };
const local = process.env.COGNITO_USER_POOL_ID
  ? undefined
  : await startLocalUserPool({ users: [ADA], quiet: true });

const app = express();
const cookies = { dangerouslyAllowHttp: local !== undefined };
const auth = createCognitoRouter({ ...local?.config, transport: 'both', cookies });
app.use('/auth', auth);

const port = Number(process.env.PORT ?? 3000);
const server = app.listen(port, 'localhost', (error) => {
  if (error) throw error;
  console.log(`http://localhost:${port}`);
  if (local) console.log(`Sign in as ${ADA.username} with ${ADA.password}`);
});

interface SocketData {
  user: Auth;
}

const io = new Server<DefaultEventsMap, DefaultEventsMap, DefaultEventsMap, SocketData>(server);

io.use((socket, next) => {
  // A client sends its token as io(url, { auth: { token } }). A browser needs only its cookie.
  const { token } = socket.handshake.auth;
  auth.verify(token === undefined ? socket.request : String(token)).then(
    (user) => {
      socket.data.user = user;
      next();
    },
    (error) => {
      if (!(error instanceof ProblemError)) console.error(error);
      // The client gets this text as the message of `connect_error`.
      next(new Error(error instanceof ProblemError ? error.problem.code : 'internal_error'));
    },
  );
});

io.on('connection', (socket) => {
  const { user } = socket.data;
  const stop = auth.onEnded(user, ({ code }) => {
    socket.emit('ended', code);
    socket.disconnect(true);
  });
  socket.on('disconnect', stop);
  socket.on('message', (text) => socket.emit('message', `${user.username} says: ${text}`));
});

// Requests under way are finished first. A second signal ends the process at once.
const stop = async (): Promise<void> => {
  process.off('SIGTERM', stop).off('SIGINT', stop);
  io.disconnectSockets(true);
  await auth.close({ server });
  await local?.close();
  process.exit();
};
process.on('SIGTERM', stop).on('SIGINT', stop);
