import { type ContractPool, outcomeOf } from '../contract-pool.ts';
import { apiPage, type Fact, guidePage, inferred, issue, reported } from '../fact.ts';

const HEADERS_CAPTURED = issue('aws/aws-sdk-cpp', 1789);
const CORS_CAPTURED = issue('aws-amplify/amplify-js', 1906);
const JWKS_GUIDE = guidePage(
  'Verifying JSON web tokens',
  'amazon-cognito-user-pools-using-tokens-verifying-a-jwt',
);

const INVALID_TOKEN = { AccessToken: 'a.b.c' };

async function header(pool: ContractPool, name: string): Promise<string | null> {
  return (await pool.call('GetUser', INVALID_TOKEN)).headers.get(name);
}

function preflight(pool: ContractPool): Promise<Response> {
  return fetch(pool.target.endpoint, {
    method: 'OPTIONS',
    headers: {
      origin: 'https://app.example.com',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type,x-amz-target',
    },
  });
}

async function keys(pool: ContractPool): Promise<readonly Record<string, string>[]> {
  const body = (await (await fetch(pool.jwksUrl)).json()) as { keys: Record<string, string>[] };
  return body.keys;
}

/** Requests, answers, CORS and keys. */
export const WIRE_FACTS: readonly Fact[] = [
  {
    id: 'wire/error-type-header',
    statement: 'An error names its exception in `x-amzn-ErrorType`, with a colon at the end.',
    source: HEADERS_CAPTURED,
    expected: 'NotAuthorizedException:',
    observe: (pool) => header(pool, 'x-amzn-errortype'),
  },
  {
    id: 'wire/error-message-header',
    statement: 'An error repeats its text in `x-amzn-ErrorMessage`.',
    source: HEADERS_CAPTURED,
    expected: 'Invalid Access Token',
    observe: (pool) => header(pool, 'x-amzn-errormessage'),
  },
  {
    id: 'wire/request-id',
    statement: 'Every answer has `x-amzn-RequestId`, a UUID.',
    source: HEADERS_CAPTURED,
    expected: true,
    observe: async (pool) =>
      /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test((await header(pool, 'x-amzn-requestid')) ?? ''),
  },
  {
    id: 'wire/content-type',
    statement: 'Answers have the content type `application/x-amz-json-1.1`.',
    source: HEADERS_CAPTURED,
    expected: 'application/x-amz-json-1.1',
    observe: (pool) => header(pool, 'content-type'),
  },
  {
    id: 'wire/error-body',
    statement: 'The body of an error has the members `__type` and `message`, and no others.',
    source: HEADERS_CAPTURED,
    expected: ['__type', 'message'],
    observe: async (pool) => Object.keys((await pool.call('GetUser', INVALID_TOKEN)).body).sort(),
  },
  {
    id: 'wire/cors-origin',
    statement: 'Answers allow every origin.',
    source: CORS_CAPTURED,
    expected: '*',
    observe: (pool) => header(pool, 'access-control-allow-origin'),
  },
  {
    id: 'wire/cors-exposed',
    statement: 'Answers expose the request ID, the error headers and the date to scripts of other origins.',
    source: CORS_CAPTURED,
    expected: ['date', 'x-amzn-errormessage', 'x-amzn-errortype', 'x-amzn-requestid'],
    observe: async (pool) =>
      ((await header(pool, 'access-control-expose-headers')) ?? '').toLowerCase().split(/,\s*/).sort(),
  },
  {
    id: 'wire/preflight',
    statement: 'A preflight answers 200, and allows `content-type` and `x-amz-target`.',
    source: inferred(
      'Amplify calls the API from browsers; captures of preflights name more headers or fewer',
    ),
    expected: { status: 200, origin: '*', contentType: true, target: true },
    observe: async (pool) => {
      const { status, headers } = await preflight(pool);
      const allowed = (headers.get('access-control-allow-headers') ?? '').toLowerCase();
      return {
        status,
        origin: headers.get('access-control-allow-origin'),
        contentType: allowed.includes('content-type'),
        target: allowed.includes('x-amz-target'),
      };
    },
  },
  {
    id: 'wire/unknown-operation',
    statement: 'An unknown operation answers 400 `UnknownOperationException`. Its text is not compared.',
    source: inferred('AWS JSON 1.1 protocol of the Smithy specification, which names no status'),
    expected: '400 UnknownOperationException',
    observe: async (pool) => outcomeOf(await pool.call('NoSuchOperation', {})).split(':')[0],
  },
  {
    id: 'wire/malformed-json',
    statement: 'A body that is no JSON answers 400 `SerializationException`. Its text is not compared.',
    source: inferred('other AWS services with the same protocol'),
    expected: '400 SerializationException',
    observe: async (pool) => outcomeOf(await pool.call('InitiateAuth', '{')).split(':')[0],
  },
  {
    id: 'wire/missing-members',
    statement: 'Missing members are counted and named in one `InvalidParameterException`.',
    source: reported('validation errors'),
    expected: {
      name: '400 InvalidParameterException',
      count: '2 validation errors detected',
      clientId: true,
      authFlow: true,
    },
    observe: async (pool) => {
      const [name, count, ...rest] = (await pool.outcome('InitiateAuth', {})).split(': ');
      const text = rest.join(': ');
      return { name, count, clientId: text.includes("'clientId'"), authFlow: text.includes("'authFlow'") };
    },
  },
  {
    id: 'wire/unsigned',
    statement:
      'An operation of administrators without a signature answers 400 `MissingAuthenticationTokenException`.',
    source: inferred('the common errors of AWS APIs'),
    expected: '400 MissingAuthenticationTokenException',
    observe: async (pool) =>
      (await pool.outcome('AdminGetUser', { UserPoolId: pool.userPoolId, Username: 'ada' })).split(':')[0],
  },
  {
    id: 'wire/unknown-client',
    statement: 'An app client that does not exist answers 400 `ResourceNotFoundException`.',
    source: apiPage('InitiateAuth'),
    expected: '400 ResourceNotFoundException',
    observe: async (pool) =>
      (
        await pool.outcome('InitiateAuth', {
          ClientId: '1example23456789abcdefghij',
          AuthFlow: 'USER_PASSWORD_AUTH',
          AuthParameters: { USERNAME: 'ada@example.com', PASSWORD: 'x' },
        })
      ).split(':')[0],
  },
  {
    id: 'keys/members',
    statement: 'The public keys have the members alg, e, kid, kty, n and use.',
    source: JWKS_GUIDE,
    expected: [['alg', 'e', 'kid', 'kty', 'n', 'use']],
    observe: async (pool) =>
      [...new Set((await keys(pool)).map((key) => Object.keys(key).sort().join()))].map((key) =>
        key.split(','),
      ),
  },
  {
    id: 'keys/two',
    statement: 'A user pool publishes two keys of RSA 2048.',
    source: JWKS_GUIDE,
    expected: ['RSA 2048 RS256 sig', 'RSA 2048 RS256 sig'],
    observe: async (pool) =>
      (await keys(pool)).map(
        ({ kty, n = '', alg, use }) => `${kty} ${Buffer.from(n, 'base64url').length * 8} ${alg} ${use}`,
      ),
  },
  {
    id: 'keys/content-type',
    statement: 'The public keys are served as `application/json`.',
    source: inferred('the guide shows JSON, and names no media type'),
    expected: true,
    observe: async (pool) =>
      (await fetch(pool.jwksUrl)).headers.get('content-type')?.startsWith('application/json') ?? false,
  },
  {
    id: 'keys/discovery',
    statement: 'The discovery document of the issuer names the issuer of the tokens and the URL of the keys.',
    source: guidePage('Discovery and JWKS endpoints', 'federation-endpoints'),
    expected: { issuer: true, keys: true, algorithms: ['RS256'], subjects: ['public'] },
    observe: async (pool) => {
      const issuer = pool.jwksUrl.replace('/.well-known/jwks.json', '');
      const response = await fetch(`${issuer}/.well-known/openid-configuration`);
      const document = (await response.json()) as Record<string, unknown>;
      return {
        issuer: document.issuer === issuer,
        keys: document.jwks_uri === pool.jwksUrl,
        algorithms: document.id_token_signing_alg_values_supported,
        subjects: document.subject_types_supported,
      };
    },
  },
];
