import type { ExplicitAuthFlowsType, UserPoolClientType } from '@aws-sdk/client-cognito-identity-provider';
import type { Settings } from '../config/settings.ts';
import { signInAddresses } from '../setup/addresses.ts';
import { flowsOf, REFRESH_FLOW, rotatesTokens } from '../setup/auth-flows.ts';
import { consoleOf } from '../setup/settings.ts';
import { tokenLifetime } from '../setup/token-lifetime.ts';
import { hasSecret, isPublished } from './facts.ts';
import type { Check } from './finding.ts';

/** The app client beside the configuration. */
export interface ClientFacts {
  readonly settings: Settings;
  readonly client: UserPoolClientType;
  readonly secrets: number | undefined;
  /** The secret of the configuration. */
  readonly secret: string | undefined;
}

const PASSWORD_FLOWS: readonly ExplicitAuthFlowsType[] = [
  'ALLOW_USER_PASSWORD_AUTH',
  'ALLOW_ADMIN_USER_PASSWORD_AUTH',
];
const FLOWS = consoleOf('client-auth-flow');
const ATTRIBUTES = consoleOf('client-write-attributes');
const SECRET = 'App clients → App client information';

/** The checks of the app client that are about several settings, or about the configuration alone. */
export const CLIENT_CHECKS: readonly Check<ClientFacts>[] = [
  {
    id: 'client-user-auth-flow',
    severity: 'error',
    why: 'autoSignIn and passwordless use the flow USER_AUTH after a sign-up.',
    console: FLOWS,
    find: ({ client, settings: { autoSignIn, passwordless, authFlow } }) =>
      authFlow === 'USER_AUTH' || !(autoSignIn || passwordless) || flowsOf(client).includes('ALLOW_USER_AUTH')
        ? undefined
        : {
            what: `${autoSignIn ? 'autoSignIn' : 'passwordless'} is true, and the app client does not allow USER_AUTH.`,
            advice: 'Add ALLOW_USER_AUTH, or remove the option.',
            change: {
              resource: 'appClient',
              set: { ExplicitAuthFlows: [...flowsOf(client), 'ALLOW_USER_AUTH'] },
            },
          },
  },
  {
    id: 'client-unused-password-flow',
    severity: 'advice',
    why: 'Any client can send passwords through an allowed flow, past the flow that the app chose.',
    console: FLOWS,
    find({ client, settings: { authFlow } }) {
      const unused = PASSWORD_FLOWS.filter(
        (flow) => flow !== `ALLOW_${authFlow}` && flowsOf(client).includes(flow),
      );
      return unused.length === 0
        ? undefined
        : {
            what: `The app client allows ${unused.join(', ')}, and the app uses ${authFlow}.`,
            advice: 'Remove the unused flow.',
            change: {
              resource: 'appClient',
              set: { ExplicitAuthFlows: flowsOf(client).filter((flow) => !unused.includes(flow)) },
            },
          };
    },
  },
  {
    id: 'client-rotation-refresh-flow',
    severity: 'error',
    why: 'Cognito refuses to save an app client with rotation and ALLOW_REFRESH_TOKEN_AUTH.',
    console: FLOWS,
    find: ({ client }) =>
      rotatesTokens(client) && flowsOf(client).includes(REFRESH_FLOW)
        ? {
            what: 'The app client rotates refresh tokens and allows REFRESH_TOKEN_AUTH.',
            advice: 'Remove ALLOW_REFRESH_TOKEN_AUTH.',
            change: {
              resource: 'appClient',
              set: { ExplicitAuthFlows: flowsOf(client).filter((flow) => flow !== REFRESH_FLOW) },
            },
          }
        : undefined,
  },
  {
    id: 'client-secret-missing',
    severity: 'error',
    why: 'Cognito refuses calls without a secret hash.',
    console: SECRET,
    find: ({ client, secrets, settings: { clientSecret } }) =>
      hasSecret({ client, secrets }) && clientSecret === undefined
        ? {
            what: 'The app client has a secret, and the configuration has none.',
            advice: isPublished({ client, secrets })
              ? 'Set COGNITO_CLIENT_SECRET_ARN to the ARN of its secret.'
              : 'Set COGNITO_CLIENT_SECRET.',
          }
        : undefined,
  },
  {
    id: 'client-secret-wrong',
    severity: 'error',
    why: 'Cognito refuses calls with another secret.',
    console: SECRET,
    find: ({ client, secret, secrets = 1 }) =>
      client.ClientSecret !== undefined &&
      secret !== undefined &&
      secrets < 2 &&
      client.ClientSecret !== secret
        ? {
            what: 'The secret of the configuration is not that of the app client.',
            advice: 'Copy the secret from the console again.',
          }
        : undefined,
  },
  {
    id: 'client-secret-unexpected',
    severity: 'error',
    why: 'Cognito refuses secret hashes for an app client without a secret.',
    console: SECRET,
    find: ({ client, secrets, settings: { clientSecret } }) =>
      secrets !== undefined && !hasSecret({ client, secrets }) && clientSecret !== undefined
        ? {
            what: 'The configuration has a secret, and the app client has none.',
            advice: 'Remove COGNITO_CLIENT_SECRET and the option clientSecret.',
          }
        : undefined,
  },
  {
    id: 'client-secret-rotates',
    severity: 'error',
    why: 'A copy of a rotating secret stops working after one to two weeks.',
    console: SECRET,
    find: ({ client, secrets, settings: { clientSecret } }) =>
      isPublished({ client, secrets }) && typeof clientSecret === 'string'
        ? {
            what: 'Secrets Manager rotates the secret, and the configuration has a copy.',
            advice: 'Set COGNITO_CLIENT_SECRET_ARN, and remove COGNITO_CLIENT_SECRET.',
          }
        : undefined,
  },
  {
    id: 'client-two-secrets',
    severity: 'advice',
    why: 'An old secret stays valid until it is deleted.',
    console: SECRET,
    find: ({ client, secrets = 0, settings: { userPoolId, clientId, region } }) =>
      secrets > 1 && !isPublished({ client, secrets })
        ? {
            what: `The app client has ${secrets} secrets.`,
            advice: 'Delete the old secret once every instance has the new one.',
            command: `aws cognito-idp list-user-pool-client-secrets --region ${region} --user-pool-id ${userPoolId} --client-id ${clientId}`,
          }
        : undefined,
  },
  {
    id: 'client-read-attributes',
    severity: 'error',
    why: 'GET /me and ID tokens lack attributes that the app client cannot read.',
    console: ATTRIBUTES,
    find({ client, settings: { signInWith } }) {
      const names = signInAddresses({ signInWith }).flatMap((name) => [name, `${name}_verified`]);
      const readable = client.ReadAttributes;
      const hidden = readable?.length ? names.filter((name) => !readable.includes(name)) : [];
      return hidden.length === 0
        ? undefined
        : {
            what: `The app client cannot read ${hidden.join(', ')}.`,
            advice: 'Add the attributes to its read permissions.',
            change: { resource: 'appClient', set: { ReadAttributes: [...(readable ?? []), ...hidden] } },
          };
    },
  },
  {
    id: 'client-writes-custom-attributes',
    severity: 'warning',
    why: 'Any client with an access token can write these attributes at Cognito, past the kit.',
    console: ATTRIBUTES,
    find({ client: { WriteAttributes: writable = [] }, settings: { writableAttributes } }) {
      const open = writable.filter(
        (name) => name.startsWith('custom:') && !writableAttributes.includes(name),
      );
      return open.length === 0
        ? undefined
        : {
            what: `The app client can write ${open.join(', ')}, and writableAttributes does not list them.`,
            advice: 'Remove them from its write permissions.',
            change: {
              resource: 'appClient',
              set: { WriteAttributes: writable.filter((name) => !open.includes(name)) },
            },
          };
    },
  },
  {
    id: 'client-refresh-cookie-lifetime',
    severity: 'warning',
    why: 'The browser should drop the refresh cookie when Cognito drops the token.',
    console: consoleOf('client-refresh-token-lifetime'),
    find({ client, settings: { transport, cookies } }) {
      const seconds = tokenLifetime(client, 'RefreshToken');
      return transport === 'bearer' || seconds === cookies.refreshMaxAge
        ? undefined
        : {
            what: `Refresh tokens are valid for ${seconds} s, and the refresh cookie for ${cookies.refreshMaxAge} s.`,
            advice: `Set cookies: { refreshMaxAge: ${seconds} }.`,
          };
    },
  },
  {
    id: 'client-ip-address',
    severity: 'error',
    why: 'Cognito ignores the IP address, and threat protection judges by that of the server.',
    console: consoleOf('client-user-existence-errors'),
    find: ({ client, settings: { sendIpAddress } }) =>
      sendIpAddress && !client.EnablePropagateAdditionalUserContextData
        ? {
            what: 'sendIpAddress is true, and the app client does not accept user context data.',
            advice: 'Enable "Accept additional user context data".',
            change: { resource: 'appClient', set: { EnablePropagateAdditionalUserContextData: true } },
          }
        : undefined,
  },
];
