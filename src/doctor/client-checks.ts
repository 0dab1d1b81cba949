import type {
  ExplicitAuthFlowsType,
  TimeUnitsType,
  UserPoolClientType,
} from '@aws-sdk/client-cognito-identity-provider';
import type { Settings } from '../config/settings.ts';
import { hasSecret, isPublished } from './facts.ts';
import type { Check } from './finding.ts';

/** The app client beside the configuration. */
export interface ClientFacts {
  readonly settings: Settings;
  readonly client: UserPoolClientType;
  readonly secrets: number | undefined;
  /** The secret of the configuration. */
  readonly secret: string | undefined;
  /** Whether `writableAttributes` is set. */
  readonly choosesAttributes: boolean;
}

const SECONDS: Readonly<Record<TimeUnitsType, number>> = {
  seconds: 1,
  minutes: 60,
  hours: 3600,
  days: 86_400,
};
const REFRESH: ExplicitAuthFlowsType = 'ALLOW_REFRESH_TOKEN_AUTH';
const SRP: ExplicitAuthFlowsType = 'ALLOW_USER_SRP_AUTH';
const DEFAULT_FLOWS: readonly ExplicitAuthFlowsType[] = ['ALLOW_CUSTOM_AUTH', SRP, REFRESH];
/** The flows of old app clients, which allow SRP and refreshes too, except that CUSTOM_AUTH_FLOW_ONLY allows no SRP. */
const LEGACY_FLOWS: Readonly<Partial<Record<ExplicitAuthFlowsType, ExplicitAuthFlowsType>>> = {
  USER_PASSWORD_AUTH: 'ALLOW_USER_PASSWORD_AUTH',
  ADMIN_NO_SRP_AUTH: 'ALLOW_ADMIN_USER_PASSWORD_AUTH',
  CUSTOM_AUTH_FLOW_ONLY: 'ALLOW_CUSTOM_AUTH',
};
const PASSWORD_FLOWS: readonly ExplicitAuthFlowsType[] = [
  'ALLOW_USER_PASSWORD_AUTH',
  'ALLOW_ADMIN_USER_PASSWORD_AUTH',
];
const MAX_ACCESS_SECONDS = 3600;
const DEFAULT_REFRESH_DAYS = 30;

/** The checks of the app client. */
export const CLIENT_CHECKS: readonly Check<ClientFacts>[] = [
  {
    id: 'client-auth-flow',
    severity: 'error',
    why: 'Every sign-in answers 500 if the app client does not allow the flow.',
    find({ client, settings: { authFlow } }) {
      const flow: ExplicitAuthFlowsType = `ALLOW_${authFlow}`;
      return flowsOf(client).includes(flow)
        ? undefined
        : {
            what: `The app client does not allow ${authFlow}.`,
            advice: `Add ${flow}, or choose another authFlow.`,
            change: { resource: 'appClient', set: { ExplicitAuthFlows: [...flowsOf(client), flow] } },
          };
    },
  },
  {
    id: 'client-user-auth-flow',
    severity: 'error',
    why: 'autoSignIn and passwordless use the flow USER_AUTH after a sign-up.',
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
    id: 'client-user-existence-errors',
    severity: 'warning',
    why: 'Attackers learn which accounts exist from clients other than the kit.',
    find: ({ client }) =>
      client.PreventUserExistenceErrors === 'ENABLED'
        ? undefined
        : {
            what: '"Prevent user existence errors" is not enabled.',
            advice: 'Enable it.',
            change: { resource: 'appClient', set: { PreventUserExistenceErrors: 'ENABLED' } },
          },
  },
  {
    id: 'client-token-revocation',
    severity: 'error',
    why: 'A sign-out cannot revoke the refresh token without it.',
    find: ({ client }) =>
      client.EnableTokenRevocation
        ? undefined
        : {
            what: 'Token revocation is off.',
            advice: 'Enable it.',
            change: { resource: 'appClient', set: { EnableTokenRevocation: true } },
          },
  },
  {
    id: 'client-refresh-rotation',
    severity: 'warning',
    why: 'Rotation reveals the use of a stolen refresh token.',
    find: ({ client }) =>
      rotates(client)
        ? undefined
        : {
            what: 'Refresh token rotation is off.',
            advice:
              'Enable it with a grace period of 10 s, and remove ALLOW_REFRESH_TOKEN_AUTH. It needs the plan Essentials.',
            change: {
              resource: 'appClient',
              set: {
                RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 10 },
                ExplicitAuthFlows: flowsOf(client).filter((flow) => flow !== REFRESH),
              },
            },
          },
  },
  {
    id: 'client-rotation-refresh-flow',
    severity: 'error',
    why: 'Cognito refuses to save an app client with rotation and ALLOW_REFRESH_TOKEN_AUTH.',
    find: ({ client }) =>
      rotates(client) && flowsOf(client).includes(REFRESH)
        ? {
            what: 'The app client rotates refresh tokens and allows REFRESH_TOKEN_AUTH.',
            advice: 'Remove ALLOW_REFRESH_TOKEN_AUTH.',
            change: {
              resource: 'appClient',
              set: { ExplicitAuthFlows: flowsOf(client).filter((flow) => flow !== REFRESH) },
            },
          }
        : undefined,
  },
  {
    id: 'client-rotation-grace',
    severity: 'warning',
    why: 'Without a grace period, a lost response ends the session.',
    find: ({ client }) =>
      rotates(client) && !client.RefreshTokenRotation?.RetryGracePeriodSeconds
        ? {
            what: 'Refresh token rotation has no grace period.',
            advice: 'Set it to 10 s.',
            change: {
              resource: 'appClient',
              set: { RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 10 } },
            },
          }
        : undefined,
  },
  {
    id: 'client-secret-missing',
    severity: 'error',
    why: 'Cognito refuses calls without a secret hash.',
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
    find({ client, settings: { signInWith } }) {
      const names = signInWith.flatMap((name) =>
        name === 'email'
          ? ['email', 'email_verified']
          : name === 'phoneNumber'
            ? ['phone_number', 'phone_number_verified']
            : [],
      );
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
    id: 'client-write-attributes',
    severity: 'error',
    why: 'Cognito refuses a sign-up or an update with an attribute that the app client cannot write.',
    find({ client: { WriteAttributes: writable }, settings: { writableAttributes }, choosesAttributes }) {
      const refused =
        writable?.length && choosesAttributes
          ? writableAttributes.filter((name) => !writable.includes(name))
          : [];
      return refused.length === 0
        ? undefined
        : {
            what: `writableAttributes has ${refused.join(', ')}, which the app client cannot write.`,
            advice: 'Add the attributes to its write permissions, or remove them from writableAttributes.',
            change: { resource: 'appClient', set: { WriteAttributes: [...(writable ?? []), ...refused] } },
          };
    },
  },
  {
    id: 'client-writes-custom-attributes',
    severity: 'warning',
    why: 'Any client with an access token can write these attributes at Cognito, past the kit.',
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
    id: 'client-access-token-lifetime',
    severity: 'warning',
    why: 'An access token stays valid at other services until it expires.',
    find({ client }) {
      const seconds =
        (client.AccessTokenValidity ?? 1) * SECONDS[client.TokenValidityUnits?.AccessToken ?? 'hours'];
      return seconds <= MAX_ACCESS_SECONDS
        ? undefined
        : {
            what: `Access tokens are valid for ${Math.round(seconds / 60)} minutes.`,
            advice: 'Set 15 minutes.',
            change: {
              resource: 'appClient',
              set: {
                AccessTokenValidity: 15,
                TokenValidityUnits: { ...client.TokenValidityUnits, AccessToken: 'minutes' },
              },
            },
          };
    },
  },
  {
    id: 'client-refresh-cookie-lifetime',
    severity: 'warning',
    why: 'The browser should drop the refresh cookie when Cognito drops the token.',
    find({ client, settings: { transport, cookies } }) {
      const seconds =
        (client.RefreshTokenValidity || DEFAULT_REFRESH_DAYS) *
        SECONDS[client.RefreshTokenValidity ? (client.TokenValidityUnits?.RefreshToken ?? 'days') : 'days'];
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
    find: ({ client, settings: { sendIpAddress } }) =>
      sendIpAddress && !client.EnablePropagateAdditionalUserContextData
        ? {
            what: 'sendIpAddress is true, and the app client does not accept user context data.',
            advice: 'Enable "Accept additional user context data".',
            change: { resource: 'appClient', set: { EnablePropagateAdditionalUserContextData: true } },
          }
        : undefined,
  },
  {
    id: 'client-managed-login',
    severity: 'error',
    why: 'The domain refuses sign-ins of an app client that does not use managed login.',
    find: ({ client, settings: { managedLogin } }) =>
      managedLogin === undefined ||
      (client.AllowedOAuthFlowsUserPoolClient && client.AllowedOAuthFlows?.includes('code'))
        ? undefined
        : {
            what: 'managedLogin is set, and the app client does not allow the authorization code grant.',
            advice: 'Allow the authorization code grant.',
            change: {
              resource: 'appClient',
              set: {
                AllowedOAuthFlowsUserPoolClient: true,
                AllowedOAuthFlows: ['code'],
                AllowedOAuthScopes: client.AllowedOAuthScopes?.length
                  ? client.AllowedOAuthScopes
                  : [...managedLogin.scopes],
                SupportedIdentityProviders: client.SupportedIdentityProviders?.length
                  ? client.SupportedIdentityProviders
                  : ['COGNITO'],
                CallbackURLs: client.CallbackURLs?.length ? client.CallbackURLs : [managedLogin.redirectUri],
              },
            },
          },
  },
  {
    id: 'client-implicit-grant',
    severity: 'warning',
    why: 'The implicit grant puts tokens into URLs, which browsers and proxies log (RFC 9700 2.1.2).',
    find: ({ client }) =>
      client.AllowedOAuthFlows?.includes('implicit')
        ? {
            what: 'The app client allows the implicit grant.',
            advice: 'Allow the authorization code grant only.',
            change: { resource: 'appClient', set: { AllowedOAuthFlows: ['code'] } },
          }
        : undefined,
  },
  {
    id: 'client-callback-url',
    severity: 'error',
    why: 'Cognito compares the callback URL character by character.',
    find({ client: { CallbackURLs: urls = [] }, settings: { managedLogin } }) {
      const wanted = managedLogin?.redirectUri;
      return wanted === undefined || urls.includes(wanted)
        ? undefined
        : {
            what: `redirectUri ${wanted} is not an allowed callback URL.${nearest(wanted, urls)}`,
            advice: 'Add it to the allowed callback URLs, or correct redirectUri.',
            change: { resource: 'appClient', set: { CallbackURLs: [...urls, wanted] } },
          };
    },
  },
  {
    id: 'client-sign-out-url',
    severity: 'error',
    why: 'Cognito compares the sign-out URL character by character.',
    find({ client: { LogoutURLs: urls = [] }, settings: { managedLogin } }) {
      const missing = managedLogin?.logoutUris.filter((url) => !urls.includes(url)) ?? [];
      const [first] = missing;
      return first === undefined
        ? undefined
        : {
            what: `logoutUri ${missing.join(', ')} is not an allowed sign-out URL.${nearest(first, urls)}`,
            advice: 'Add it to the allowed sign-out URLs, or correct logoutUri.',
            change: { resource: 'appClient', set: { LogoutURLs: [...urls, ...missing] } },
          };
    },
  },
  {
    id: 'client-scopes',
    severity: 'error',
    why: 'Cognito refuses a sign-in with a scope that the app client does not allow.',
    find({ client: { AllowedOAuthScopes: scopes = [] }, settings: { managedLogin } }) {
      const missing = managedLogin?.scopes.filter((scope) => !scopes.includes(scope)) ?? [];
      return missing.length === 0
        ? undefined
        : {
            what: `The app client does not allow the scopes ${missing.join(', ')}.`,
            advice: 'Allow them, or name others in managedLogin.scopes.',
            change: { resource: 'appClient', set: { AllowedOAuthScopes: [...scopes, ...missing] } },
          };
    },
  },
  {
    id: 'client-identity-providers',
    severity: 'error',
    why: 'Users cannot sign in with an identity provider that the app client does not support.',
    find({ client: { SupportedIdentityProviders: known = [] }, settings: { managedLogin } }) {
      const missing = (managedLogin?.identityProviders ?? []).filter((name) => !known.includes(name));
      return missing.length === 0
        ? undefined
        : {
            what: `The app client does not support ${missing.join(', ')}.`,
            advice: 'Add the provider to the app client, or remove it from managedLogin.identityProviders.',
            change: { resource: 'appClient', set: { SupportedIdentityProviders: [...known, ...missing] } },
          };
    },
  },
];

/** Returns the allowed flows in today's names. An app client that names none has Cognito's defaults. */
function flowsOf({ ExplicitAuthFlows = [] }: UserPoolClientType): ExplicitAuthFlowsType[] {
  if (ExplicitAuthFlows.length === 0) return [...DEFAULT_FLOWS];
  const isLegacy = ExplicitAuthFlows.some((flow) => LEGACY_FLOWS[flow]);
  const flows = ExplicitAuthFlows.map((flow) => LEGACY_FLOWS[flow] ?? flow);
  const srp = flows.includes('ALLOW_CUSTOM_AUTH') ? [] : [SRP];
  return isLegacy ? [...flows, ...srp, REFRESH] : flows;
}

function rotates({ RefreshTokenRotation }: UserPoolClientType): boolean {
  return RefreshTokenRotation?.Feature === 'ENABLED';
}

/** Names an allowed URL that differs in case or in a trailing slash only. */
function nearest(wanted: string, urls: readonly string[]): string {
  const bare = (url: string): string =>
    url
      .toLowerCase()
      .replace(/^https?:/, '')
      .replace(/\/+$/, '');
  const near = urls.find((url) => bare(url) === bare(wanted));
  if (near === undefined) return '';
  const at = [...wanted].findIndex((character, index) => character !== near[index]);
  return ` It differs from ${near} at character ${(at < 0 ? wanted.length : at) + 1}.`;
}
