import { isEmulator } from '../config/user-pool-id.ts';
import { consoleOf } from '../setup/settings.ts';
import type { Check } from './finding.ts';
import type { OutsideFacts } from './probes.ts';

const ALLOWED_SKEW_SECONDS = 5;
const BROKEN_SKEW_SECONDS = 30;

/** The checks of observations without AWS credentials. */
export const OUTSIDE_CHECKS: readonly Check<OutsideFacts>[] = [
  {
    id: 'pool-reachable',
    severity: 'error',
    why: 'Every request needs Cognito.',
    find: ({ discovery, settings }) =>
      'fault' in discovery
        ? {
            what: `The discovery document of the user pool cannot be read: ${discovery.fault}.`,
            advice: isEmulator(settings.endpoint)
              ? 'Start the local user pool, or correct COGNITO_ENDPOINT. Its app or cognito-kit local starts it.'
              : `Compare COGNITO_USER_POOL_ID with the console, and allow TCP 443 to ${settings.cognitoHost ?? 'Cognito'}.`,
          }
        : undefined,
  },
  {
    id: 'keys-reachable',
    severity: 'error',
    why: 'Without the signing keys, every protected route answers 503.',
    find: ({ keys, settings }) => {
      if (settings.jwks !== undefined) return;
      if ('fault' in keys)
        return {
          what: `The signing keys cannot be read: ${keys.fault}.`,
          advice: 'Correct jwksUri or userPoolId, or allow the host in the firewall.',
        };
      return Array.isArray(keys.body.keys) && keys.body.keys.length > 0
        ? undefined
        : { what: 'The key set has no keys.', advice: 'Correct the option jwksUri.' };
    },
  },
  {
    id: 'issuer',
    severity: 'error',
    why: 'Tokens with another "iss" claim are refused.',
    find: ({ discovery, settings }) => {
      if (!('body' in discovery) || settings.issuer === undefined) return;
      const { issuer } = discovery.body;
      return typeof issuer !== 'string' || settings.issuer.includes(issuer)
        ? undefined
        : {
            what: `The user pool's issuer is ${issuer}, and the option issuer has ${settings.issuer.join(', ')}.`,
            advice: 'Remove the option issuer, or add the issuer of the user pool.',
          };
    },
  },
  {
    id: 'clock',
    severity: 'warning',
    why: 'With a wrong clock, new tokens count as expired or as not yet valid.',
    find: ({ skewSeconds = 0 }) =>
      Math.abs(skewSeconds) > ALLOWED_SKEW_SECONDS
        ? {
            ...(Math.abs(skewSeconds) > BROKEN_SKEW_SECONDS && { severity: 'error' as const }),
            what: `The clock of this machine is ${Math.abs(skewSeconds)} s ${skewSeconds > 0 ? 'ahead of' : 'behind'} Cognito's.`,
            advice: 'Synchronize it with NTP.',
            command: 'timedatectl set-ntp true',
          }
        : undefined,
  },
  {
    id: 'client-unknown',
    severity: 'error',
    why: 'Cognito refuses every request of an unknown app client.',
    find: ({ unknownUser }) =>
      unknownUser?.exception === 'ResourceNotFoundException'
        ? {
            what: 'Cognito does not know the app client in this region.',
            advice: 'Copy the user pool ID and the client ID from the console again.',
          }
        : undefined,
  },
  {
    id: 'client-secret-refused',
    severity: 'error',
    why: 'Every sign-in fails without a valid secret hash.',
    find: ({ unknownUser, secret }) => {
      const message = unknownUser?.message ?? '';
      if (!/secret ?hash|SECRET_HASH/i.test(message)) return;
      return secret.value === undefined
        ? {
            what: 'The app client has a secret, and the configuration has none.',
            advice: 'Set COGNITO_CLIENT_SECRET_ARN, or COGNITO_CLIENT_SECRET.',
          }
        : {
            what: 'Cognito refuses the client secret of the configuration.',
            advice: 'Copy the secret again, or remove it if the app client has none.',
          };
    },
  },
  {
    id: 'client-secret-unreadable',
    severity: 'error',
    why: 'Requests that need the secret answer 503.',
    find: ({ secret }) =>
      secret.failure === undefined
        ? undefined
        : {
            what: `The client secret cannot be read: ${secret.failure}`,
            advice: 'Correct the ARN, and allow secretsmanager:GetSecretValue.',
          },
  },
  {
    id: 'client-flow-refused',
    severity: 'error',
    why: 'Every sign-in answers 500 if the app client does not allow the flow.',
    console: consoleOf('client-auth-flow'),
    find: ({ unknownUser, settings }) =>
      /flow not enabled|Auth flow not/i.test(unknownUser?.message ?? '')
        ? {
            what: `Cognito refuses the flow ${settings.authFlow} to this app client.`,
            advice: `Add ALLOW_${settings.authFlow} to its authentication flows.`,
          }
        : undefined,
  },
  {
    id: 'client-reveals-users',
    severity: 'warning',
    why: 'Attackers learn which accounts exist from clients other than the kit.',
    console: consoleOf('client-user-existence-errors'),
    find: ({ unknownUser }) =>
      unknownUser?.exception === 'UserNotFoundException'
        ? {
            what: 'InitiateAuth tells that a user does not exist.',
            advice: 'Set "Prevent user existence errors" to Enabled.',
          }
        : undefined,
  },
  {
    id: 'domain-reachable',
    severity: 'error',
    why: 'Managed login redirects browsers to this domain.',
    console: consoleOf('pool-domain'),
    find: ({ domainFault }) =>
      domainFault === undefined
        ? undefined
        : {
            what: `The domain of managed login does not answer: ${domainFault}.`,
            advice: 'Create the domain, or correct its DNS record.',
          },
  },
];
