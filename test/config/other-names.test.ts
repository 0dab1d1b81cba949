import { expect } from 'chai';
import { REQUIRE_AUTH_OTHER_NAMES, ROUTER_OTHER_NAMES } from '../../src/config/other-names.ts';
import { secretsManagerSecret } from '../../src/config/secrets-manager.ts';
import { redisStores } from '../../src/redis/index.ts';
import { requireAuth } from '../../src/require-auth.ts';
import { createCognitoRouter } from '../../src/router.ts';
import { createTestIssuer } from '../../src/testing/index.ts';

const POOL = { userPoolId: 'us-east-1_AbCdEfGhI', clientId: 'abc123' };

const router = (options: object) => () => createCognitoRouter({ ...POOL, ...options } as never);
const route = (options: object) => () => requireAuth({ ...POOL, ...options } as never);

describe('An option under the name that it has elsewhere', () => {
  for (const [name, meant] of [
    ['client', 'did you mean "cognitoClient"'],
    ['poolId', 'did you mean "userPoolId"'],
    ['UserPoolId', 'did you mean "userPoolId"'],
    ['user_pool_id', 'did you mean "userPoolId"'],
    ['COGNITO_USER_POOL_ID', 'did you mean "userPoolId"'],
    ['aws_user_pools_id', 'did you mean "userPoolId"'],
    ['userPoolWebClientId', 'did you mean "clientId"'],
    ['userPoolClientId', 'did you mean "clientId"'],
    ['aws_user_pools_web_client_id', 'did you mean "clientId"'],
    ['appClientId', 'did you mean "clientId"'],
    ['region', 'userPoolId starts with the region; remove it'],
    ['aws_cognito_region', 'userPoolId starts with the region; remove it'],
    ['secret', "write clientSecret for the app client's secret, cookieSecret for the cookies"],
    ['jwtSecret', "tokens are verified with the user pool's public keys; remove it"],
    ['CLIENT_SECRET', 'did you mean "clientSecret"'],
    ['identityPoolId', 'the kit uses user pools only'],
    ['redirectUri', 'write managedLogin: { redirectUri, logoutUri, scopes }'],
    ['groups', 'write it as a rule of a route: router.requireAuth({ groups'],
    ['recentSignInSeconds', 'did you mean "sensitiveMaxAge"'],
    ['credentials', 'the SDK finds AWS credentials itself; write cognitoClient'],
    ['corsOrigins', 'did you mean "trustedOrigins"'],
    ['constructor', 'the options are userPoolId, clientId'],
  ] as const) {
    it(`is explained by createCognitoRouter: ${name} (case A11)`, () => {
      expect(router({ [name]: 'x' })).to.throw(
        TypeError,
        `createCognitoRouter has no option "${name}"; ${meant}`,
      );
    });
  }

  for (const [name, meant] of [
    ['poolId', 'did you mean "userPoolId"'],
    ['client', 'did you mean "clientId"'],
    ['region', 'userPoolId starts with the region; remove it'],
    ['clientSecret', 'tokens are verified with public keys, which takes no secret; remove it'],
    ['jwtSecret', 'public keys'],
    ['roles', 'did you mean "groups"'],
    ['credentialsRequired', 'did you mean "optional"'],
    ['issuerBaseURL', 'did you mean "issuer"'],
    ['introspect', 'write router.requireAuth({ introspect: true })'],
    ['graceSeconds', 'did you mean "clockToleranceSeconds"'],
  ] as const) {
    it(`is explained by requireAuth: ${name} (case A11)`, () => {
      expect(route({ [name]: 'x' })).to.throw(TypeError, `requireAuth has no option "${name}"; `);
      expect(route({ [name]: 'x' })).to.throw(TypeError, meant);
    });
  }

  it('is explained inside pools and by the requireAuth of a router', () => {
    const auth = createCognitoRouter(POOL);
    expect(() => auth.requireAuth({ roles: 'admin' } as never)).to.throw(TypeError, 'did you mean "groups"');
    expect(() => requireAuth([{ ...POOL, poolId: 'x' }] as never)).to.throw(
      TypeError,
      'did you mean "userPoolId"',
    );
  });

  it('is listed in lower case without separators, because that is how it is looked up', () => {
    for (const name of [...Object.keys(ROUTER_OTHER_NAMES), ...Object.keys(REQUIRE_AUTH_OTHER_NAMES)]) {
      expect(name).to.match(/^[a-z0-9]+$/);
    }
  });
});

describe('An option whose value is the text of a missing variable', () => {
  for (const value of ['undefined', 'null', 'NaN']) {
    it(`is refused: "${value}" (case A11)`, () => {
      expect(router({ clientId: value })).to.throw(
        TypeError,
        `clientId is "${value}"; write the "Client ID"`,
      );
      expect(router({ clientSecret: value })).to.throw(TypeError, 'clientSecret is not in the expected form');
      expect(route({ clientId: value })).to.throw(TypeError, `clientId is "${value}"; set the variable`);
      expect(route({ clientId: ['abc123', value] })).to.throw(TypeError, `clientId is "${value}"`);
    });
  }
});

describe('An attribute in writableAttributes that Cognito does not have', () => {
  it('is refused, with the name of a custom attribute (case A11)', () => {
    expect(router({ writableAttributes: ['name', 'plan'] })).to.throw(
      TypeError,
      'writableAttributes.1 is "plan"; write "custom:plan" for an attribute of your own',
    );
  });

  it('is refused, with the spelling of the standard attribute', () => {
    for (const [name, meant] of [
      ['Email', 'email'],
      ['givenName', 'given_name'],
      ['phoneNumber', 'phone_number'],
    ]) {
      expect(router({ writableAttributes: [name] })).to.throw(TypeError, `did you mean "${meant}"`);
    }
  });

  it('is accepted if it is custom, or the standard time of the last update', () => {
    expect(router({ writableAttributes: ['custom:plan', 'updated_at'] })).to.not.throw();
  });
});

describe('An unknown option of a function beside the router', () => {
  it('is refused by redisStores', () => {
    const client = { sendCommand: async () => null };
    expect(() => redisStores(client as never, { keyPrefix: 'x' } as never)).to.throw(
      TypeError,
      'redisStores has no option',
    );
  });

  it('is refused by secretsManagerSecret', () => {
    const arn = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:app-a1b2c3';
    expect(() => secretsManagerSecret(arn, { region: 'x' } as never)).to.throw(
      TypeError,
      'has no option "region"',
    );
  });

  it('is refused by createTestIssuer and its tokens', async () => {
    const issuer = await createTestIssuer();
    expect(() => issuer.accessToken({ group: ['admin'] } as never)).to.throw(
      TypeError,
      'did you mean "groups"',
    );
    expect(() => issuer.idToken({ scopes: [] } as never)).to.throw(TypeError, 'has no option "scopes"');
    const refusal = await createTestIssuer({ userPoolID: 'x' } as never).catch((error: unknown) => error);
    expect(String(refusal)).to.include('did you mean "userPoolId"');
  });
});
