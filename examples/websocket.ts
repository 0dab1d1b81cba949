/**
 * WebSockets with `ws`: a browser is known by its session cookie, another client by its token in the header. A socket
 * closes when its session is signed out, or its token expires.
 * Uses COGNITO_USER_POOL_ID and COGNITO_CLIENT_ID if they are set, else a user pool of its own, in memory.
 * Run it with node --import tsx examples/websocket.ts
 */
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import express from 'express';
import { type Auth, createCognitoRouter, ProblemError } from 'express-cognito-kit';
import { startLocalUserPool } from 'express-cognito-kit/local';
import { type WebSocket, WebSocketServer } from 'ws';

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
  console.log(`ws://localhost:${port}, with the tokens of http://localhost:${port}/auth/sign-in`);
  if (local) console.log(`Sign in as ${ADA.username} with ${ADA.password}`);
});

const sockets = new WebSocketServer({ noServer: true });

server.on('upgrade', async (req, socket, head) => {
  socket.on('error', () => socket.destroy());
  try {
    // With a cookie, the page must be of the same origin, or of one of `trustedOrigins`.
    const user = await auth.verify(req);
    sockets.handleUpgrade(req, socket, head, (ws) => serve(ws, user));
  } catch (error) {
    refuse(socket, error);
  }
});

function serve(ws: WebSocket, user: Auth): void {
  // 3000 is the registered close code for "Unauthorized".
  const stop = auth.onEnded(user, ({ code }) => ws.close(3000, code));
  ws.on('close', stop);
  ws.on('error', console.error);
  ws.on('message', (text) => ws.send(`${user.username} says: ${text}`));
}

function refuse(socket: Duplex, error: unknown): void {
  if (!(error instanceof ProblemError)) console.error(error);
  const status = error instanceof ProblemError ? error.problem.status : 500;
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\n\r\n`);
}

// Requests under way are finished first. A second signal ends the process at once.
const stop = async (): Promise<void> => {
  process.off('SIGTERM', stop).off('SIGINT', stop);
  for (const ws of sockets.clients) ws.close(1001);
  await auth.close({ server });
  await local?.close();
  process.exit();
};
process.on('SIGTERM', stop).on('SIGINT', stop);
