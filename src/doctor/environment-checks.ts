import { isLoopback } from '../config/loopback.ts';
import type { Settings } from '../config/settings.ts';
import type { Check } from './finding.ts';

/** The process beside the configuration. */
export interface EnvironmentFacts {
  readonly settings: Settings;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The version of Node, such as `24.5.0`. */
  readonly node: string;
  /** The versions of the installed packages, by name. */
  readonly packages: Readonly<Record<string, string | undefined>>;
  /** Express's `trust proxy`, if the configuration file exports `app`. */
  readonly trustProxy?: unknown;
  /** Whether Git would commit the file of environment variables. */
  readonly exposesEnvFile: boolean;
  /** Whether the SDK finds AWS credentials. */
  readonly hasCredentials: boolean;
}

const SDK = '@aws-sdk/client-cognito-identity-provider';
/** The oldest versions that the kit is tested with, as in package.json. */
export const OLDEST_PACKAGES: Readonly<Record<string, string>> = {
  [SDK]: '3.1169.0',
  'aws-jwt-verify': '5.2.1',
  'openid-client': '6.8.9',
  express: '4.21.0',
};
const PROXIES = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'];
const ENDPOINTS = ['AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER', 'AWS_ENDPOINT_URL'];

/** The checks of the process and the machine. */
export const ENVIRONMENT_CHECKS: readonly Check<EnvironmentFacts>[] = [
  {
    id: 'env-node-version',
    severity: 'error',
    why: 'The package runs on Node 20.19 and on 22.12 or later only.',
    find: ({ node }) =>
      (node.startsWith('20.') && isAtLeast(node, '20.19.0')) || isAtLeast(node, '22.12.0')
        ? undefined
        : {
            what: `Node is ${node}.`,
            advice: 'Install a supported version of Node.',
            command: 'nvm install --lts',
          },
  },
  {
    id: 'env-package-versions',
    severity: 'warning',
    why: 'The kit is not tested with older versions.',
    find({ packages }) {
      const old = Object.entries(OLDEST_PACKAGES).filter(([name, oldest]) => {
        const version = packages[name];
        return version !== undefined && !isAtLeast(version, oldest);
      });
      return old.length === 0
        ? undefined
        : {
            what: `Older than supported: ${old.map(([name]) => `${name} ${packages[name]}`).join(', ')}.`,
            advice: 'Update them.',
            command: `npm install ${old.map(([name]) => `${name}@latest`).join(' ')}`,
          };
    },
  },
  {
    id: 'env-aws-credentials',
    severity: 'error',
    why: 'ADMIN_USER_PASSWORD_AUTH and adminSignOut call Cognito as an administrator.',
    find: ({ hasCredentials, settings: { authFlow, adminSignOut } }) =>
      hasCredentials || !(authFlow === 'ADMIN_USER_PASSWORD_AUTH' || adminSignOut)
        ? undefined
        : {
            what: `${authFlow === 'ADMIN_USER_PASSWORD_AUTH' ? `authFlow is ${authFlow}` : 'adminSignOut is true'}, and the SDK finds no AWS credentials here.`,
            advice: 'Give the server a role, or set AWS_PROFILE on a developer machine.',
            command: 'aws sts get-caller-identity',
          },
  },
  {
    id: 'env-secrets-manager-package',
    severity: 'error',
    why: 'secretsManagerSecret reads the secret with this package.',
    find: ({ env, packages }) =>
      env.COGNITO_CLIENT_SECRET_ARN && packages['@aws-sdk/client-secrets-manager'] === undefined
        ? {
            what: 'COGNITO_CLIENT_SECRET_ARN is set, and @aws-sdk/client-secrets-manager is not installed.',
            advice: 'Install it.',
            command: 'npm install @aws-sdk/client-secrets-manager',
          }
        : undefined,
  },
  {
    id: 'env-proxy-ignored',
    severity: 'warning',
    why: 'Node ignores the proxy unless it is told to use it, and calls time out behind a firewall.',
    find({ env }) {
      const name = PROXIES.find((each) => env[each]);
      return name === undefined || env.NODE_USE_ENV_PROXY === '1'
        ? undefined
        : {
            what: `${name} is set, and NODE_USE_ENV_PROXY is not.`,
            advice: 'Set NODE_USE_ENV_PROXY=1, from Node 24.5 on.',
          };
    },
  },
  {
    id: 'env-aws-endpoint',
    severity: 'warning',
    why: 'The kit ignores the variable, and other tools of the SDK follow it to another server.',
    find({ env, settings: { endpoint } }) {
      const name = ENDPOINTS.find((each) => env[each]);
      return name === undefined || env[name] === endpoint
        ? undefined
        : { what: `${name} is set.`, advice: 'Remove it, or set COGNITO_ENDPOINT for an emulator.' };
    },
  },
  {
    id: 'env-local-endpoint-in-production',
    severity: 'error',
    why: 'A local user pool has no access control, and loses its users.',
    find: ({ env, settings: { endpoint } }) =>
      env.NODE_ENV === 'production' && endpoint !== undefined && isLoopback(new URL(endpoint))
        ? {
            what: 'NODE_ENV is production, and the endpoint is on this machine.',
            advice: 'Remove COGNITO_ENDPOINT and the option endpoint.',
          }
        : undefined,
  },
  {
    id: 'env-tls-unverified',
    severity: 'error',
    why: 'An attacker on the network can read passwords and replace signing keys.',
    find: ({ env }) =>
      env.NODE_TLS_REJECT_UNAUTHORIZED === '0'
        ? {
            what: 'NODE_TLS_REJECT_UNAUTHORIZED is 0.',
            advice: 'Remove it, and set NODE_EXTRA_CA_CERTS for a private certificate authority.',
          }
        : undefined,
  },
  {
    id: 'env-http-cookies-in-production',
    severity: 'error',
    why: 'Session cookies without Secure travel over plain HTTP.',
    find: ({ env, settings: { transport, cookies } }) =>
      env.NODE_ENV === 'production' && transport !== 'bearer' && !cookies.attributes.includes('; Secure')
        ? {
            what: 'cookies.dangerouslyAllowHttp is true in production.',
            advice: 'Remove dangerouslyAllowHttp, and serve HTTPS.',
          }
        : undefined,
  },
  {
    id: 'env-rate-limits-off',
    severity: 'error',
    why: 'Attackers can guess passwords and codes without a limit.',
    find: ({ env, settings: { rateLimits } }) =>
      env.NODE_ENV === 'production' && !rateLimits.enabled
        ? { what: 'rateLimits is false in production.', advice: 'Remove rateLimits: false.' }
        : undefined,
  },
  {
    id: 'env-users-revealed',
    severity: 'warning',
    why: 'Attackers learn which accounts exist.',
    find: ({ settings: { concealUserExistence } }) =>
      concealUserExistence
        ? undefined
        : { what: 'concealUserExistence is false.', advice: 'Remove concealUserExistence: false.' },
  },
  {
    id: 'env-file-exposed',
    severity: 'warning',
    why: 'A committed .env gives its secrets to everyone who can read the repository.',
    find: ({ exposesEnvFile }) =>
      exposesEnvFile
        ? {
            what: 'Git does not ignore the file of environment variables.',
            advice:
              'Add it to .gitignore. If it was committed, run git rm --cached, and replace its secrets.',
            command: "echo '.env*' >> .gitignore",
          }
        : undefined,
  },
  {
    id: 'env-trust-proxy',
    severity: 'error',
    why: 'With true, clients choose their own address, and the limits by address have no effect.',
    find: ({ trustProxy }) =>
      trustProxy === true
        ? {
            what: "'trust proxy' is true.",
            advice: "Write app.set('trust proxy', 1) with the number of proxies in front of the app.",
          }
        : undefined,
  },
];

function isAtLeast(version: string, oldest: string): boolean {
  const [actual, wanted] = [version, oldest].map((each) => (each.split('-')[0] ?? '').split('.').map(Number));
  for (const [index, part] of (wanted ?? []).entries()) {
    const own = actual?.[index] ?? 0;
    if (own !== part) return own > part;
  }
  return true;
}
