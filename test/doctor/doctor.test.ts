import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import {
  AddUserPoolClientSecretCommand,
  CognitoIdentityProviderClient,
  CreateIdentityProviderCommand,
  CreateUserPoolClientCommand,
  type CreateUserPoolClientRequest,
  CreateUserPoolCommand,
  CreateUserPoolDomainCommand,
  type CreateUserPoolRequest,
  SetUserPoolMfaConfigCommand,
  type SetUserPoolMfaConfigRequest,
  UpdateUserPoolClientCommand,
  UpdateUserPoolCommand,
  type UserPoolClientType,
} from '@aws-sdk/client-cognito-identity-provider';
import { expect } from 'chai';
import type { Config } from '../../src/config/options.ts';
import { ALL_CHECKS, type Diagnosis, diagnose, type Subject } from '../../src/doctor/diagnose.ts';
import { reportOf } from '../../src/doctor/report.ts';
import { type LocalUserPool, startLocalUserPool } from '../../src/local/local-user-pool.ts';
import { freePort } from '../support/free-port.ts';
import { listen } from '../support/helpers.ts';

const CALLBACK = 'https://app.example.com/auth/callback';
const SIGN_OUT = 'https://app.example.com/';
const COOKIE_SECRET = 'a secret for the cookies of every instance';
const FUNCTION = 'arn:aws:lambda:us-east-1:123456789012:function:challenge';

const POOL: CreateUserPoolRequest = {
  PoolName: 'app',
  UsernameAttributes: ['email'],
  UsernameConfiguration: { CaseSensitive: false },
  AutoVerifiedAttributes: ['email'],
  UserAttributeUpdateSettings: { AttributesRequireVerificationBeforeUpdate: ['email'] },
  Policies: { PasswordPolicy: { MinimumLength: 12 } },
  DeletionProtection: 'ACTIVE',
  AccountRecoverySetting: { RecoveryMechanisms: [{ Name: 'verified_email', Priority: 1 }] },
  EmailConfiguration: {
    EmailSendingAccount: 'DEVELOPER',
    SourceArn: 'arn:aws:ses:us-east-1:123456789012:identity/example.com',
  },
};
const MFA: Partial<SetUserPoolMfaConfigRequest> = {
  MfaConfiguration: 'OPTIONAL',
  SoftwareTokenMfaConfiguration: { Enabled: true },
};
const CLIENT = {
  ClientName: 'app',
  GenerateSecret: true,
  ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
  PreventUserExistenceErrors: 'ENABLED',
  EnableTokenRevocation: true,
  RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 10 },
  AccessTokenValidity: 15,
  TokenValidityUnits: { AccessToken: 'minutes' },
} satisfies Partial<CreateUserPoolClientRequest>;
const OAUTH: Partial<CreateUserPoolClientRequest> = {
  AllowedOAuthFlowsUserPoolClient: true,
  AllowedOAuthFlows: ['code'],
  AllowedOAuthScopes: ['openid', 'email', 'profile', 'aws.cognito.signin.user.admin'],
  SupportedIdentityProviders: ['COGNITO'],
  CallbackURLs: [CALLBACK],
  LogoutURLs: [SIGN_OUT],
};
const MANAGED: Config = {
  cookieSecret: COOKIE_SECRET,
  managedLogin: { redirectUri: CALLBACK, logoutUri: SIGN_OUT },
};
const SMS = { SnsCallerArn: 'arn:aws:iam::123456789012:role/sms', ExternalId: 'app' };
const PACKAGES = { '@aws-sdk/client-cognito-identity-provider': '3.1169.0' };
const PRODUCTION = { NODE_ENV: 'production' };

/** A misconfiguration of an otherwise well made pool and app. */
interface Planted {
  readonly id: string;
  readonly pool?: Partial<CreateUserPoolRequest>;
  readonly mfa?: Partial<SetUserPoolMfaConfigRequest>;
  readonly client?: Partial<CreateUserPoolClientRequest> & { PublishSecretsInAWSSecretsManager?: boolean };
  readonly config?: Config;
  readonly facts?: Partial<Subject>;
  /** Options that fix it. Default: the printed call, or the well made configuration. */
  readonly fixed?: Config;
  /** Skipped for a setting that only a new pool can change. */
  readonly lasting?: true;
  /** Other findings of the same fault. */
  readonly also?: readonly string[];
  /** Without a domain for managed login. */
  readonly noDomain?: true;
  readonly secrets?: 2;
  readonly provider?: 'Google';
  /** Members of DescribeUserPoolClient that Cognito can answer, and the local pool refuses to store. */
  readonly described?: object;
  /** Without the permission to read settings. */
  readonly denied?: true;
}

const PLANTED: readonly Planted[] = [
  { id: 'config-invalid', config: { signInWith: 'mail' } as unknown as Config },
  { id: 'client-auth-flow', client: { ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH'] } },
  { id: 'client-user-auth-flow', config: { autoSignIn: true }, fixed: { autoSignIn: true } },
  {
    id: 'client-unused-password-flow',
    client: { ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_ADMIN_USER_PASSWORD_AUTH'] },
  },
  { id: 'client-user-existence-errors', client: { PreventUserExistenceErrors: 'LEGACY' } },
  { id: 'client-token-revocation', client: { EnableTokenRevocation: false } },
  {
    id: 'client-refresh-rotation',
    client: {
      RefreshTokenRotation: { Feature: 'DISABLED' },
      ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
    },
  },
  {
    id: 'client-rotation-grace',
    client: { RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 0 } },
  },
  { id: 'client-secret-missing', config: { clientSecret: undefined } },
  { id: 'client-secret-wrong', config: { clientSecret: 'not-the-secret-of-it' } },
  {
    id: 'client-secret-unexpected',
    client: { GenerateSecret: false },
    config: { clientSecret: 'not-the-secret-of-it' },
  },
  { id: 'client-two-secrets', secrets: 2, lasting: true },
  {
    id: 'client-secret-unreadable',
    config: {
      clientSecret: () => {
        throw new Error('no permission for the ARN');
      },
    },
  },
  { id: 'client-read-attributes', client: { ReadAttributes: ['name'] } },
  {
    id: 'client-write-attributes',
    client: { WriteAttributes: ['email', 'name'] },
    config: { writableAttributes: ['name', 'locale'] },
    fixed: { writableAttributes: ['name', 'locale'] },
  },
  {
    id: 'client-writes-custom-attributes',
    pool: { Schema: [{ Name: 'role', AttributeDataType: 'String', Mutable: true }] },
    client: { WriteAttributes: ['email', 'name', 'custom:role'] },
  },
  {
    id: 'client-access-token-lifetime',
    client: { AccessTokenValidity: 24, TokenValidityUnits: { AccessToken: 'hours' } },
  },
  {
    id: 'client-refresh-cookie-lifetime',
    client: { RefreshTokenValidity: 7 },
    config: { transport: 'cookie' },
    fixed: { transport: 'cookie', cookies: { refreshMaxAge: 7 * 86_400 } },
  },
  { id: 'client-ip-address', config: { sendIpAddress: true }, fixed: { sendIpAddress: true } },
  {
    id: 'client-managed-login',
    config: MANAGED,
    fixed: MANAGED,
    client: { ...OAUTH, AllowedOAuthFlows: ['implicit'] },
    also: ['client-implicit-grant'],
  },
  { id: 'client-implicit-grant', client: { ...OAUTH, AllowedOAuthFlows: ['code', 'implicit'] } },
  {
    id: 'client-callback-url',
    client: { ...OAUTH, CallbackURLs: [`${CALLBACK}/`] },
    config: MANAGED,
    fixed: MANAGED,
  },
  {
    id: 'client-sign-out-url',
    client: { ...OAUTH, LogoutURLs: ['https://app.example.com'] },
    config: MANAGED,
    fixed: MANAGED,
  },
  {
    id: 'client-scopes',
    client: { ...OAUTH, AllowedOAuthScopes: ['openid', 'email', 'profile'] },
    config: MANAGED,
    fixed: MANAGED,
  },
  {
    id: 'client-identity-providers',
    client: OAUTH,
    config: { ...MANAGED, managedLogin: { redirectUri: CALLBACK, identityProviders: ['Google'] } },
    fixed: { ...MANAGED, managedLogin: { redirectUri: CALLBACK, identityProviders: ['Google'] } },
    provider: 'Google',
  },
  {
    id: 'client-rotation-refresh-flow',
    described: { ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'] },
  },
  {
    id: 'client-secret-rotates',
    client: { PublishSecretsInAWSSecretsManager: true },
    config: { clientSecret: 'a-copy-of-its-secret' },
    lasting: true,
  },
  { id: 'client-secret-refused', config: { clientSecret: 'not-the-secret-of-it' }, denied: true },
  {
    id: 'client-flow-refused',
    client: { ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH'] },
    denied: true,
    fixed: { authFlow: 'USER_SRP_AUTH' },
  },
  {
    id: 'client-reveals-users',
    client: { PreventUserExistenceErrors: 'LEGACY' },
    denied: true,
    lasting: true,
  },
  {
    id: 'env-secrets-manager-package',
    facts: { env: { COGNITO_CLIENT_SECRET_ARN: 'arn:aws:secretsmanager:us-east-1:1:secret:a' } },
  },
  { id: 'pool-sign-in-names', config: { signInWith: 'username' } },
  { id: 'pool-case-sensitive', pool: { UsernameConfiguration: { CaseSensitive: true } }, lasting: true },
  {
    id: 'pool-auto-verified',
    pool: { AutoVerifiedAttributes: [], UserAttributeUpdateSettings: {} },
    also: [],
    lasting: true,
  },
  { id: 'pool-verify-before-update', pool: { UserAttributeUpdateSettings: {} } },
  {
    id: 'pool-verification-link',
    pool: { VerificationMessageTemplate: { DefaultEmailOption: 'CONFIRM_WITH_LINK' } },
  },
  { id: 'pool-password-length', pool: { Policies: { PasswordPolicy: { MinimumLength: 6 } } } },
  {
    id: 'pool-password-policy',
    config: { passwordPolicy: { minimumLength: 8 } },
    fixed: { passwordPolicy: { minimumLength: 12 } },
  },
  {
    id: 'pool-required-attributes',
    pool: { Schema: [{ Name: 'birthdate', Required: true, Mutable: true }] },
    config: { writableAttributes: ['name'] },
    fixed: { writableAttributes: ['name', 'birthdate'] },
  },
  { id: 'pool-sign-up-closed', pool: { AdminCreateUserConfig: { AllowAdminCreateUserOnly: true } } },
  {
    id: 'pool-account-recovery',
    pool: { AccountRecoverySetting: { RecoveryMechanisms: [{ Name: 'admin_only', Priority: 1 }] } },
  },
  { id: 'pool-deletion-protection', pool: { DeletionProtection: 'INACTIVE' } },
  { id: 'pool-threat-protection', pool: { UserPoolTier: 'PLUS' } },
  {
    id: 'pool-tier',
    pool: { UserPoolTier: 'LITE' },
    client: {
      ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_USER_AUTH'],
      RefreshTokenRotation: undefined,
    },
    config: { autoSignIn: true },
    fixed: { autoSignIn: true },
    also: ['client-refresh-rotation'],
  },
  {
    id: 'pool-device-tracking',
    pool: { DeviceConfiguration: { ChallengeRequiredOnNewDevice: true } },
    fixed: { transport: 'cookie' },
  },
  {
    id: 'pool-remember-devices',
    config: { transport: 'cookie', rememberDevices: 'always' },
    fixed: { transport: 'cookie', rememberDevices: 'always' },
  },
  { id: 'pool-email-sender', pool: { EmailConfiguration: {} }, lasting: true },
  {
    id: 'pool-sms-sender',
    pool: { UsernameAttributes: ['email', 'phone_number'] },
    config: { signInWith: ['email', 'phoneNumber'] },
  },
  {
    id: 'pool-sms-external-id',
    pool: { SmsConfiguration: { SnsCallerArn: SMS.SnsCallerArn } },
    lasting: true,
  },
  { id: 'pool-mfa-off', mfa: { MfaConfiguration: 'OFF' } },
  {
    id: 'pool-mfa-sms-only',
    pool: { SmsConfiguration: SMS },
    mfa: { MfaConfiguration: 'OPTIONAL', SmsMfaConfiguration: { SmsConfiguration: SMS } },
  },
  {
    id: 'pool-passkey-relying-party',
    mfa: { ...MFA, WebAuthnConfiguration: { RelyingPartyId: 'example.org' } },
    config: { transport: 'cookie', trustedOrigins: ['https://app.example.com'] },
    fixed: { transport: 'cookie', trustedOrigins: ['https://app.example.com'] },
  },
  {
    id: 'pool-passkey-factor',
    mfa: { ...MFA, WebAuthnConfiguration: { RelyingPartyId: 'example.com' } },
    client: { ExplicitAuthFlows: ['ALLOW_USER_AUTH'] },
    config: { authFlow: 'USER_AUTH' },
    fixed: { authFlow: 'USER_AUTH' },
  },
  {
    id: 'pool-first-factors',
    client: { ExplicitAuthFlows: ['ALLOW_USER_AUTH'] },
    config: { authFlow: 'USER_AUTH', passwordless: true },
    fixed: { authFlow: 'USER_AUTH', passwordless: true },
  },
  {
    id: 'pool-custom-auth-triggers',
    pool: { LambdaConfig: { DefineAuthChallenge: FUNCTION } },
    client: { ExplicitAuthFlows: ['ALLOW_CUSTOM_AUTH'] },
    config: { authFlow: 'CUSTOM_AUTH' },
    lasting: true,
  },
  { id: 'pool-domain', client: OAUTH, config: MANAGED, noDomain: true, lasting: true },
  { id: 'client-unknown', config: { clientId: 'another', clientSecret: undefined } },
  { id: 'keys-reachable', config: { jwksUri: 'http://127.0.0.1:1/keys' } },
  { id: 'issuer', config: { issuer: 'https://issuer.example.com' } },
  { id: 'env-node-version', facts: { node: '21.7.3' } },
  {
    id: 'env-package-versions',
    facts: { packages: { '@aws-sdk/client-cognito-identity-provider': '3.400.0' } },
  },
  { id: 'env-proxy-ignored', facts: { env: { HTTPS_PROXY: 'http://proxy.example.com:3128' } } },
  { id: 'env-aws-endpoint', facts: { env: { AWS_ENDPOINT_URL: 'http://127.0.0.1:4566' } } },
  { id: 'env-local-endpoint-in-production', facts: { env: PRODUCTION } },
  { id: 'env-tls-unverified', facts: { env: { NODE_TLS_REJECT_UNAUTHORIZED: '0' } } },
  {
    id: 'env-http-cookies-in-production',
    facts: { env: PRODUCTION },
    config: { transport: 'cookie', cookies: { dangerouslyAllowHttp: true } },
    also: ['env-local-endpoint-in-production'],
  },
  {
    id: 'env-rate-limits-off',
    facts: { env: PRODUCTION },
    config: { rateLimits: false },
    also: ['env-local-endpoint-in-production'],
  },
  { id: 'env-users-revealed', config: { concealUserExistence: false } },
  { id: 'env-file-exposed', facts: { exposesEnvFile: true } },
  { id: 'env-trust-proxy', facts: { trustProxy: true } },
];

/** Runs the printed command as the AWS CLI would. Returns whether there was one that updates a resource. */
async function runPrinted(sdk: CognitoIdentityProviderClient, command: string | undefined): Promise<boolean> {
  const [, name, json] =
    /^aws cognito-idp ((?:update|set)-[\w-]+) --region us-east-1 --cli-input-json '(.*)'$/s.exec(
      command ?? '',
    ) ?? [];
  if (name === undefined || json === undefined) return false;
  const input = JSON.parse(json.replaceAll("'\\''", "'"));
  if (name === 'update-user-pool') await sdk.send(new UpdateUserPoolCommand(input));
  else if (name === 'update-user-pool-client') await sdk.send(new UpdateUserPoolClientCommand(input));
  else await sdk.send(new SetUserPoolMfaConfigCommand(input));
  return true;
}

/** A client whose credentials may not read anything. */
const DENIED = {
  cognitoClient: {
    send: () => Promise.reject(Object.assign(new Error('denied'), { name: 'AccessDeniedException' })),
  } as unknown as CognitoIdentityProviderClient,
};

describe('cognito-kit doctor', () => {
  let local: LocalUserPool;
  let sdk: CognitoIdentityProviderClient;

  before(async () => {
    local = await startLocalUserPool({ quiet: true });
    sdk = new CognitoIdentityProviderClient({
      endpoint: local.config.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
  });

  after(async () => {
    sdk.destroy();
    await local.close();
  });

  /** Creates a pool with an app client, and returns the configuration of its app. */
  async function create({
    pool,
    mfa = MFA,
    client,
    noDomain,
    secrets,
    provider,
  }: Partial<Planted>): Promise<Config> {
    const { UserPool } = await sdk.send(new CreateUserPoolCommand({ ...POOL, ...pool }));
    const UserPoolId = UserPool?.Id ?? '';
    await sdk.send(new SetUserPoolMfaConfigCommand({ ...mfa, UserPoolId }));
    if (client?.CallbackURLs && !noDomain) {
      const Domain = UserPoolId.split('_')[1]?.toLowerCase();
      await sdk.send(new CreateUserPoolDomainCommand({ UserPoolId, Domain }));
    }
    if (provider) {
      const ProviderDetails = { client_id: 'app', client_secret: 'local', authorize_scopes: 'openid' };
      const input = { UserPoolId, ProviderName: provider, ProviderType: provider, ProviderDetails };
      await sdk.send(new CreateIdentityProviderCommand(input));
    }
    const input: CreateUserPoolClientRequest = { ...CLIENT, ...client, ClientName: 'app', UserPoolId };
    const UserPoolClient = client?.PublishSecretsInAWSSecretsManager
      ? await createPublished(input)
      : (await sdk.send(new CreateUserPoolClientCommand(input))).UserPoolClient;
    const clientId = UserPoolClient?.ClientId ?? '';
    if (secrets === 2) await sdk.send(new AddUserPoolClientSecretCommand({ UserPoolId, ClientId: clientId }));
    const clientSecret = UserPoolClient?.ClientSecret;
    return {
      userPoolId: UserPoolId,
      clientId,
      endpoint: local.config.endpoint,
      ...(clientSecret !== undefined && { clientSecret }),
    };
  }

  /** The SDK drops the member that publishes the secret, which it does not know. */
  async function createPublished(input: object): Promise<UserPoolClientType> {
    const response = await fetch(local.config.endpoint, {
      method: 'POST',
      headers: {
        authorization: 'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/cognito-idp/aws4_request',
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': 'AWSCognitoIdentityProviderService.CreateUserPoolClient',
      },
      body: JSON.stringify(input),
    });
    expect(response.status, await response.clone().text()).to.equal(200);
    return ((await response.json()) as { UserPoolClient: UserPoolClientType }).UserPoolClient;
  }

  function examine(config: Config, facts: Partial<Subject> = {}): Promise<Diagnosis> {
    return diagnose({
      config,
      env: {},
      node: '22.12.0',
      packages: PACKAGES,
      exposesEnvFile: false,
      cognitoClient: sdk,
      ...facts,
    });
  }

  /** A client that answers DescribeUserPoolClient with other members. */
  function describing(members: object): Partial<Subject> {
    const send = async (command: Parameters<typeof sdk.send>[0]): Promise<object> => {
      const answer = (await sdk.send(command)) as { UserPoolClient?: object };
      return answer.UserPoolClient ? { UserPoolClient: { ...answer.UserPoolClient, ...members } } : answer;
    };
    return { cognitoClient: { send } as unknown as CognitoIdentityProviderClient };
  }

  const idsOf = ({ findings }: Diagnosis): string[] => findings.map(({ id }) => id).sort();

  it('has no finding for a well made pool and app', async () => {
    const good = await create({ client: OAUTH });
    const { findings, notChecked } = await examine({ ...good, ...MANAGED });
    expect(findings).to.deep.equal([]);
    expect(notChecked.map(({ id }) => id)).to.deep.equal(['email-sandbox']);
  });

  for (const planted of PLANTED) {
    const { id, config, facts, fixed, also = [], lasting, described, denied } = planted;
    it(`finds ${id}, and is silent after its fix`, async () => {
      const good = await create(planted);
      const found = await examine(
        { ...good, ...config },
        { ...(described && describing(described)), ...(denied && DENIED), ...facts },
      );
      expect(idsOf(found)).to.deep.equal([id, ...also].sort());
      if (good.clientSecret) {
        const told = JSON.stringify(found) + reportOf(found, { width: 80, color: false });
        expect(told).to.not.include(good.clientSecret as string);
      }
      if (lasting) return;
      for (const { mend } of found.findings) await runPrinted(sdk, mend.command);
      expect(idsOf(await examine({ ...good, ...fixed }, denied && DENIED))).to.deep.equal([]);
    });
  }

  it('knows the flows of an app client that names none, or names them as before 2019', async () => {
    const RefreshTokenRotation = undefined;
    const plain = await create({ client: { ExplicitAuthFlows: undefined, RefreshTokenRotation } });
    const rotation = ['client-refresh-rotation'];
    expect(idsOf(await examine({ ...plain, authFlow: 'USER_SRP_AUTH' }))).to.deep.equal(rotation);
    expect(idsOf(await examine(plain))).to.deep.equal(['client-auth-flow', ...rotation]);
    const old = await create({ client: { ExplicitAuthFlows: ['USER_PASSWORD_AUTH'], RefreshTokenRotation } });
    expect(idsOf(await examine(old))).to.deep.equal(rotation);
    const srp = { ...old, authFlow: 'USER_SRP_AUTH' } as const;
    expect(idsOf(await examine(srp))).to.deep.equal([...rotation, 'client-unused-password-flow']);
  });

  it('names the character at which a callback URL differs', async () => {
    const good = await create({
      client: { ...OAUTH, CallbackURLs: ['https://app.example.com/Auth/callback'] },
    });
    const { findings } = await examine({ ...good, ...MANAGED });
    expect(findings[0]?.what).to.include(
      'It differs from https://app.example.com/Auth/callback at character 25.',
    );
  });

  it('shows no secret that is in an invalid option, an address or the error of a function', async () => {
    const good = await create({});
    const clientSecret = (): string => {
      throw new Error('Hidden-7');
    };
    const jwksUri = 'http://user:Hidden-7@127.0.0.1:1/keys?key=Hidden-7';
    const configs: Config[] = [
      { cookieSecret: 'Hidden-7' },
      { clientSecret: 'Hidden-7 with spaces' },
      { rateLimits: { secret: 'Hidden-7' } },
      { clientSecret, jwksUri },
    ];
    for (const config of configs) {
      const found = await examine({ ...good, ...config });
      expect(found.findings).to.not.deep.equal([]);
      expect(JSON.stringify(found)).to.not.include('Hidden-7');
    }
  });

  describe('from outside', () => {
    let fake: { url: string; close(): Promise<void> };

    before(async () => {
      const server = createServer((req, res) => {
        // Five minutes behind this machine.
        res.setHeader('Date', new Date(Date.now() - 300_000).toUTCString());
        if (req.method === 'POST') {
          res.writeHead(400).end(JSON.stringify({ __type: 'NotAuthorizedException', message: '' }));
        } else if (req.url?.endsWith('jwks.json')) res.end(JSON.stringify({ keys: [{}] }));
        else res.end(JSON.stringify({ authorization_endpoint: 'http://127.0.0.1:1/oauth2/authorize' }));
      });
      fake = await listen(server);
    });

    after(() => fake.close());

    it('finds clock, with the difference, and tells which permissions are missing', async () => {
      const good = await create({});
      const { findings, notChecked } = await examine({ ...good, endpoint: fake.url }, DENIED);
      expect(findings.map(({ id, severity }) => [id, severity])).to.deep.equal([['clock', 'error']]);
      expect(findings[0]?.what).to.match(/30\d s ahead of Cognito/);
      expect(notChecked.map(({ reason }) => reason)).to.have.members([
        'needs permission cognito-idp:DescribeUserPool',
        'needs permission cognito-idp:GetUserPoolMfaConfig',
        'needs permission cognito-idp:DescribeUserPoolClient',
        'needs permission cognito-idp:ListUserPoolClientSecrets',
      ]);
    });

    it('finds domain-reachable if the domain of managed login does not answer', async () => {
      const good = await create({ client: OAUTH });
      const found = await examine({ ...good, ...MANAGED, endpoint: fake.url });
      expect(idsOf(found)).to.deep.equal(['clock', 'domain-reachable']);
    });

    it('finds pool-reachable and keys-reachable if nothing answers at the endpoint', async () => {
      const good = await create({});
      const found = await examine({ ...good, endpoint: `http://127.0.0.1:${await freePort()}` });
      expect(idsOf(found)).to.deep.equal(['keys-reachable', 'pool-reachable']);
      expect(found.findings[0]?.what).to.include('ECONNREFUSED');
    });
  });

  it('plants every check of the doctor', () => {
    const planted = [...PLANTED.map(({ id }) => id), 'clock', 'domain-reachable', 'pool-reachable'];
    expect(planted).to.have.members(ALL_CHECKS.map(({ id }) => id));
    expect(planted.length).to.be.greaterThan(40);
  });

  it('lists every check in docs/doctor.md, with its severity and reason', async () => {
    const page = await readFile(new URL('../../docs/doctor.md', import.meta.url), 'utf8');
    for (const { id, severity, why } of ALL_CHECKS)
      expect(page).to.include(`| \`${id}\` | ${severity} | ${why} |`);
  });
});
