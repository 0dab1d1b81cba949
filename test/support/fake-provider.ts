import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createTestIssuer, type TestIssuer } from '../../src/testing/index.ts';
import { listen } from './helpers.ts';

export type FakeRoute = 'configuration' | 'token';

export interface FakeProviderRequest {
  readonly route: FakeRoute;
  readonly form: URLSearchParams;
}

/** OAuth endpoints with answers that a test chooses. Its tokens have the keys of `keys` and the `iss` of this provider. */
export interface FakeProvider {
  readonly issuer: string;
  readonly keys: TestIssuer;
  readonly requests: readonly FakeProviderRequest[];
  /** Members that override the OpenID configuration. */
  configuration: Record<string, unknown>;
  /** Answers that replace the default answer of a route. */
  answers: Partial<Record<FakeRoute, (res: ServerResponse, req: IncomingMessage) => void>>;
  count(route: FakeRoute): number;
  /** Returns the answer of the token endpoint to a sign-in with this nonce. */
  tokens(nonce: string, claims?: Readonly<Record<string, unknown>>): Record<string, unknown>;
  close(): Promise<void>;
}

export const USER = { sub: '0b5f5a4e-0000-4000-8000-000000000001' };

/** Shared, because the generation of keys takes some 200 ms. */
let sharedKeys: Promise<TestIssuer> | undefined;

export async function startFakeProvider(): Promise<FakeProvider> {
  sharedKeys ??= createTestIssuer();
  const keys = await sharedKeys;
  const requests: FakeProviderRequest[] = [];
  const server = await listen(
    createServer((req, res) => {
      void body(req).then((text) => {
        const route = req.url?.endsWith('/.well-known/openid-configuration') ? 'configuration' : 'token';
        requests.push({ route, form: new URLSearchParams(text) });
        const answer = fake.answers[route];
        if (answer) answer(res, req);
        else sendJson(res, 200, { ...configurationOf(issuer), ...fake.configuration });
      });
    }),
  );
  const issuer = `${server.url}/${keys.config.userPoolId}`;
  const fake: FakeProvider = {
    issuer,
    keys,
    requests,
    configuration: {},
    answers: {},
    count: (wanted) => requests.filter(({ route }) => route === wanted).length,
    tokens: (nonce, claims = {}) => ({
      access_token: keys.accessToken({
        ...USER,
        scopes: ['openid', 'aws.cognito.signin.user.admin'],
        claims: { iss: issuer, ...claims },
      }),
      id_token: keys.idToken({ ...USER, claims: { iss: issuer, nonce, ...claims } }),
      refresh_token: 'a-refresh-token',
      expires_in: 3600,
      token_type: 'Bearer',
    }),
    close: server.close,
  };
  return fake;
}

function configurationOf(issuer: string): Record<string, unknown> {
  return {
    issuer,
    authorization_endpoint: `${issuer}/oauth2/authorize`,
    token_endpoint: `${issuer}/oauth2/token`,
    end_session_endpoint: `${issuer}/logout`,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
  };
}

export function sendJson(res: ServerResponse, status: number, content: unknown): void {
  res.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(content));
}

async function body(req: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of req as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
