import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type {
  CognitoIdentityProvider,
  CognitoIdentityProviderClient,
  CreateUserPoolClientRequest,
  CreateUserPoolRequest,
  UserPoolClientType,
} from '@aws-sdk/client-cognito-identity-provider';
import { expect } from 'chai';
import { parse } from 'yaml';
import type { Config } from '../../src/config/options.ts';
import { withEndpoint } from '../../src/doctor/change.ts';
import {
  ALL_CHECKS,
  type Diagnosis,
  diagnose,
  type Finding,
  type Subject,
} from '../../src/doctor/diagnose.ts';
import { OLDEST_PACKAGES } from '../../src/doctor/environment-checks.ts';
import { reportOf } from '../../src/doctor/report.ts';
import { type LocalUserPool, startLocalUserPool } from '../../src/local/local-user-pool.ts';
import { freePort } from '../support/free-port.ts';
import { listen } from '../support/helpers.ts';
import { sdkFor } from '../support/local-sdk.ts';
import { CLIENT, MANAGED, MFA, OAUTH, PACKAGES, PLANTED, type Planted, POOL } from './planted-faults.ts';

/** Rounds of "run one command, then the doctor again" until it has none to print. */
const MAX_ROUNDS = 3;

type Operation = (input: object) => Promise<object>;

/** Runs the printed command of the AWS CLI. Returns whether there was one that changes something. */
async function runPrinted(sdk: CognitoIdentityProvider, command = ''): Promise<boolean> {
  const [, name = '', options = ''] =
    /^aws cognito-idp ((?:update|set|create)-[\w-]+) (.*)$/s.exec(command) ?? [];
  if (name === '') return false;
  const [, json] = /^--region us-east-1 --endpoint-url \S+ --cli-input-json '(.*)'$/s.exec(options) ?? [];
  const input = json === undefined ? inputOf(options) : JSON.parse(json.replaceAll("'\\''", "'"));
  const operation = name.replaceAll(/-(\w)/g, (_match, letter: string) => letter.toUpperCase());
  await (sdk as unknown as Readonly<Record<string, Operation>>)[operation]?.(input);
  return true;
}

/** Returns the input of options such as `--user-pool-id us-east-1_a --use-cognito-provided-values`. */
function inputOf(options: string): object {
  return Object.fromEntries(
    [...options.matchAll(/--([\w-]+)(?: ([^-]\S*))?/g)]
      .filter(([, name = '']) => !['region', 'endpoint-url'].includes(name))
      .map(([, name = '', value]) => [
        name.replaceAll(/(?:^|-)(\w)/g, (_match, letter: string) => letter.toUpperCase()),
        value === undefined ? true : /^\d$/.test(value) ? Number(value) : value.replace('<prefix>', 'mended'),
      ]),
  );
}

/** Whether only a new pool can have the fix. Its template line is then printed without a command. */
function isLasting({ mend }: Finding): boolean {
  return mend.template !== undefined && mend.command === undefined;
}

/** A client whose credentials may not read anything. */
const DENIED = {
  cognitoClient: {
    send: () => Promise.reject(Object.assign(new Error('denied'), { name: 'AccessDeniedException' })),
  } as unknown as CognitoIdentityProviderClient,
};

describe('cognito-kit doctor', () => {
  let local: LocalUserPool;
  let sdk: CognitoIdentityProvider;

  before(async () => {
    local = await startLocalUserPool({ quiet: true });
    sdk = sdkFor(local.url);
  });

  after(async () => {
    sdk.destroy();
    await local.close();
  });

  /** Creates a pool with an app client, and returns the configuration of its app. */
  async function create(planted: Partial<Planted>): Promise<Config> {
    const { pool, mfa = MFA, client, noStyle, secrets, provider } = planted;
    const { UserPool } = await sdk.createUserPool({ ...POOL, ...pool });
    const UserPoolId = UserPool?.Id ?? '';
    await sdk.setUserPoolMfaConfig({ ...mfa, UserPoolId });
    const defaultVersion = client?.CallbackURLs && 2;
    const version = 'domainVersion' in planted ? planted.domainVersion : defaultVersion;
    if (version) {
      const Domain = UserPoolId.split('_')[1]?.toLowerCase();
      await sdk.createUserPoolDomain({ UserPoolId, Domain, ManagedLoginVersion: version });
    }
    if (provider) {
      const ProviderDetails = { client_id: 'app', client_secret: 'local', authorize_scopes: 'openid' };
      await sdk.createIdentityProvider({
        UserPoolId,
        ProviderName: provider,
        ProviderType: provider,
        ProviderDetails,
      });
    }
    const input: CreateUserPoolClientRequest = { ...CLIENT, ...client, ClientName: 'app', UserPoolId };
    const UserPoolClient = client?.PublishSecretsInAWSSecretsManager
      ? (
          await sendDirectly<{ UserPoolClient: UserPoolClientType }>(
            'AWSCognitoIdentityProviderService.CreateUserPoolClient',
            input,
          )
        ).UserPoolClient
      : (await sdk.createUserPoolClient(input)).UserPoolClient;
    const ClientId = UserPoolClient?.ClientId ?? '';
    if (version === 2 && !noStyle) {
      await sdk.createManagedLoginBranding({ UserPoolId, ClientId, UseCognitoProvidedValues: true });
    }
    if (secrets === 2) await sdk.addUserPoolClientSecret({ UserPoolId, ClientId });
    const clientSecret = UserPoolClient?.ClientSecret;
    return {
      userPoolId: UserPoolId,
      clientId: ClientId,
      endpoint: local.config.endpoint,
      ...(clientSecret !== undefined && { clientSecret }),
    };
  }

  /** The SDK drops the members about a published secret, which it does not know. */
  async function sendDirectly<T>(target: string, input: object): Promise<T> {
    const response = await fetch(local.config.endpoint, {
      method: 'POST',
      headers: {
        authorization: 'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/cognito-idp/aws4_request',
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': target,
      },
      body: JSON.stringify(input),
    });
    expect(response.status, await response.clone().text()).to.equal(200);
    return (await response.json()) as T;
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

  /** A client that answers DescribeUserPoolClient and DescribeUserPool with other members. */
  function describing({ client, pool }: Required<Planted>['described']): Partial<Subject> {
    const send = async (command: Parameters<typeof sdk.send>[0]): Promise<object> => {
      const answer = (await sdk.send(command)) as { UserPoolClient?: object; UserPool?: object };
      if (answer.UserPool) return { UserPool: { ...answer.UserPool, ...pool } };
      return answer.UserPoolClient ? { UserPoolClient: { ...answer.UserPoolClient, ...client } } : answer;
    };
    return { cognitoClient: { send } as unknown as CognitoIdentityProviderClient };
  }

  async function publishedSecret({ userPoolId, clientId }: Config): Promise<string> {
    const input = { UserPoolId: userPoolId, ClientId: clientId };
    const { UserPoolClient } = await sendDirectly<{ UserPoolClient: { ClientSecretArn: string } }>(
      'AWSCognitoIdentityProviderService.DescribeUserPoolClient',
      input,
    );
    const { SecretString } = await sendDirectly<{ SecretString: string }>('secretsmanager.GetSecretValue', {
      SecretId: UserPoolClient.ClientSecretArn,
    });
    return JSON.parse(SecretString).clientSecretValue;
  }

  /** Applies the fixes of the findings. Returns the configuration of the app that has them. */
  async function mended(planted: Planted, good: Config, found: Diagnosis): Promise<Config> {
    const { fixed, remade, denied, readsSecret } = planted;
    if (readsSecret) return { ...good, clientSecret: () => publishedSecret(good) };
    if (remade) return { ...(await create({ ...planted, ...remade })), ...fixed };
    const lasting = found.findings.filter(isLasting);
    if (lasting.length > 0) {
      const lines = lasting.map(({ mend }) => mend.template).join('\n');
      const pool: Partial<CreateUserPoolRequest> = { ...planted.pool, ...parse(lines) };
      return { ...(await create({ ...planted, pool })), ...fixed };
    }
    let { findings } = found;
    for (let round = 0; round < MAX_ROUNDS && findings.length > 0; round += 1) {
      for (const { mend } of findings) if (await runPrinted(sdk, mend.command)) break;
      ({ findings } = await examine({ ...good, ...fixed }, denied && DENIED));
    }
    return { ...good, ...fixed };
  }

  const idsOf = ({ findings }: Diagnosis): string[] => findings.map(({ id }) => id).sort();

  it('has no finding for a well made pool and app', async () => {
    const good = await create({ client: OAUTH });
    const { findings, notChecked } = await examine({ ...good, ...MANAGED });
    expect(findings).to.deep.equal([]);
    expect(notChecked.map(({ id }) => id)).to.deep.equal(['email-sandbox', 'email-identity']);
  });

  for (const planted of PLANTED) {
    const { id, config, facts, also = [], described, denied } = planted;
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
      const fixed = await mended(planted, good, found);
      expect(idsOf(await examine(fixed, denied && DENIED))).to.deep.equal([]);
    });
  }

  it('lists advice that a tag of the user pool accepts, but no longer as a finding', async () => {
    const pool = { EmailConfiguration: {}, DeletionProtection: 'INACTIVE' } as const;
    const UserPoolTags = { cognitoKitAccepts: 'pool-email-sender  pool-deletion-protection pool-unknown' };
    const found = await examine(await create({ pool: { ...pool, UserPoolTags } }));
    expect(idsOf(found), 'a tag accepts no risk').to.deep.equal(['pool-deletion-protection']);
    expect(found.accepted).to.deep.equal(['pool-email-sender']);
    expect(reportOf(found, { width: 200, color: false })).to.include(
      'accepted: pool-email-sender: by the tag cognitoKitAccepts of the user pool\n',
    );
    expect((await examine(await create({ pool }))).accepted).to.deep.equal([]);
  });

  it('takes 50 e-mails a day as advice, because it is a limit to lift before going live', async () => {
    const found = await examine(await create({ pool: { EmailConfiguration: {} } }));
    expect(found.findings.map(({ id, severity }) => `${id} ${severity}`)).to.deep.equal([
      'pool-email-sender advice',
    ]);
    expect(found.findings[0]?.why).to.include('50 messages a day');
    expect(found.findings[0]?.mend.advice).to.match(/^Before going live, /);
  });

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

  it('names the character at which a callback URL differs from the most similar one', async () => {
    const login = async (...CallbackURLs: string[]) => {
      const good = await create({ client: { ...OAUTH, CallbackURLs } });
      return (await examine({ ...good, ...MANAGED })).findings[0]?.what;
    };
    expect(await login('http://localhost:3000/', 'https://app.example.com/Auth/callback')).to.match(
      /It differs from https:\/\/app\.example\.com\/Auth\/callback at character 25: "a", not "A"\.$/,
    );
    expect(await login('https://app.example.com/auth/callback/')).to.match(/38: the end, not "\/"\.$/);
  });

  it('prints commands for the emulator that the configuration names, and else for AWS', async () => {
    const { findings } = await examine(await create({ pool: { DeletionProtection: 'INACTIVE' } }));
    expect(findings[0]?.mend.command).to.include(
      `aws cognito-idp update-user-pool --region us-east-1 --endpoint-url ${local.url} --cli-input-json`,
    );
    const command = 'aws cognito-idp update-user-pool --region us-east-1';
    for (const endpoint of [undefined, 'https://cognito-idp.us-east-1.amazonaws.com']) {
      expect(withEndpoint(command, endpoint)).to.equal(command);
    }
  });

  it('tells the place of a setting in the AWS console', async () => {
    const good = await create({ pool: { DeletionProtection: 'INACTIVE' } });
    const found = await examine(good);
    expect(found.findings[0]).to.include({
      id: 'pool-deletion-protection',
      console: 'Settings → Deletion protection',
    });
    expect(reportOf(found, { width: 80, color: false })).to.include(
      '\nconsole  Settings → Deletion protection\n',
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

  it('finds env-aws-credentials if an option needs credentials that the SDK does not find', async () => {
    const good = await create({ client: { ExplicitAuthFlows: ['ALLOW_ADMIN_USER_PASSWORD_AUTH'] } });
    const admin: Config = { ...good, authFlow: 'ADMIN_USER_PASSWORD_AUTH' };
    const missing = () =>
      Promise.reject(Object.assign(new Error('none'), { name: 'CredentialsProviderError' }));
    const without = { cognitoClient: { send: missing } as unknown as CognitoIdentityProviderClient };
    expect(idsOf(await examine(admin, without))).to.deep.equal(['env-aws-credentials']);
    expect(idsOf(await examine({ ...good, adminSignOut: true }, without))).to.include('env-aws-credentials');
    expect((await examine(admin, without)).notChecked.map(({ reason }) => reason)).to.include(
      'needs AWS credentials with cognito-idp:DescribeUserPool',
    );
    const { findings, notChecked } = await examine(admin);
    expect(findings).to.deep.equal([]);
    expect(notChecked.find(({ id }) => id === 'server-permissions')?.reason).to.match(
      /--resource-arns arn:aws:cognito-idp:\S+ --action-names cognito-idp:AdminInitiateAuth .*AdminGetUser$/,
    );
  });

  it('tells that the AWS credentials are invalid or expired, in the order of the facts', async () => {
    const good = await create({});
    let milliseconds = 40;
    const expired = async () => {
      milliseconds -= 10;
      await new Promise((resolve) => setTimeout(resolve, milliseconds));
      throw Object.assign(new Error('expired'), { name: 'ExpiredTokenException' });
    };
    const cognitoClient = { send: expired } as unknown as CognitoIdentityProviderClient;
    expect((await examine(good, { cognitoClient })).notChecked).to.deep.equal(
      [
        ['user-pool', 'DescribeUserPool'],
        ['mfa-config', 'GetUserPoolMfaConfig'],
        ['app-client', 'DescribeUserPoolClient'],
        ['client-secrets', 'ListUserPoolClientSecrets'],
      ].map(([id, operation]) => ({
        id,
        reason: `needs valid AWS credentials with cognito-idp:${operation}; AWS answers ExpiredTokenException`,
      })),
    );
  });

  it('takes the sandbox of Amazon SNS as a warning, and a role that Cognito cannot use as an error', async () => {
    const good = await create({});
    const severityOf = async (SmsConfigurationFailure: string) => {
      const { findings } = await examine(good, describing({ pool: { SmsConfigurationFailure } }));
      return findings.map(({ id, severity }) => `${id} ${severity}`);
    };
    expect(await severityOf('SNSSandbox')).to.deep.equal(['pool-sms-failure warning']);
    expect(await severityOf('InvalidSmsRoleAccessPolicyException')).to.deep.equal(['pool-sms-failure error']);
    expect(await severityOf('SNSSandbox,InvalidSmsRoleAccessPolicyException')).to.deep.equal([
      'pool-sms-failure error',
    ]);
  });

  it('knows the oldest versions that package.json supports', async () => {
    const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    const ranges: Record<string, string> = { ...manifest.dependencies, ...manifest.peerDependencies };
    for (const [name, oldest] of Object.entries(OLDEST_PACKAGES)) {
      expect(ranges[name]?.split(' ')[0]?.replace(/^[\^>=]+/, ''), name).to.equal(oldest);
    }
    expect(manifest.engines.node).to.equal('^20.19.0 || >=22.12.0');
  });

  describe('from outside', () => {
    let fake: { url: string; close(): Promise<void> };
    let hasPages: boolean;
    beforeEach(() => {
      hasPages = true;
    });

    before(async () => {
      const server = createServer((req, res) => {
        // Five minutes behind this machine.
        res.setHeader('Date', new Date(Date.now() - 300_000).toUTCString());
        if (req.method === 'POST') {
          res.writeHead(400).end(JSON.stringify({ __type: 'NotAuthorizedException', message: '' }));
        } else if (req.url?.endsWith('jwks.json')) res.end(JSON.stringify({ keys: [{}] }));
        else if (!hasPages) res.end(JSON.stringify({}));
        else res.end(JSON.stringify({ authorization_endpoint: 'http://127.0.0.1:1/oauth2/authorize' }));
      });
      fake = await listen(server);
    });

    after(() => fake.close());

    it('finds pool-domain if neither the description nor the discovery document has login pages', async () => {
      const good = await create({ client: OAUTH, domainVersion: undefined, noStyle: true });
      hasPages = false;
      const found = await examine({ ...good, ...MANAGED, endpoint: fake.url });
      expect(idsOf(found)).to.deep.equal(['clock', 'pool-domain']);
      for (const id of ['pool-domain', 'pool-login-style']) {
        const { findings } = await examine({ ...good, ...MANAGED, endpoint: fake.url });
        await runPrinted(sdk, findings.find((each) => each.id === id)?.mend.command);
      }
      expect(idsOf(await examine({ ...good, ...MANAGED, endpoint: fake.url }))).to.deep.equal(['clock']);
    });

    it('finds nothing about a domain if an emulator has login pages without one', async () => {
      const good = await create({ client: OAUTH, domainVersion: undefined, noStyle: true });
      expect(idsOf(await examine({ ...good, ...MANAGED }))).to.deep.equal([]);
    });

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
      const reachable = found.findings.find(({ id }) => id === 'pool-reachable');
      expect(reachable?.what).to.include('ECONNREFUSED');
      expect(reachable?.mend.advice).to.equal(
        'Start the local user pool, or correct COGNITO_ENDPOINT. Its app or cognito-kit local starts it.',
      );
    });
  });

  it('plants every check of the doctor', () => {
    const alone = ['clock', 'domain-reachable', 'pool-domain', 'pool-reachable', 'env-aws-credentials'];
    const planted = [...PLANTED.map(({ id }) => id), ...alone];
    expect(planted).to.have.members(ALL_CHECKS.map(({ id }) => id));
    expect(planted.length).to.be.greaterThan(40);
  });
});
