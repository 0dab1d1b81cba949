import type { GetUserPoolMfaConfigResponse } from '@aws-sdk/client-cognito-identity-provider';
import type { Config } from '../config/options.ts';
import type { Settings } from '../config/settings.ts';
import {
  DEFAULT_ANSWERS,
  type ManagedLoginAnswers,
  MIN_PASSWORD_LENGTH,
  type SetupAnswers,
} from './answers.ts';

/** The needs of an existing app: the answers that follow from its options, and options that only the doctor compares. */
export interface AppNeeds extends SetupAnswers {
  readonly userPoolId: string;
  readonly clientId: string;
  readonly region: string;
  /** Whether `authFlow` or another option uses the flow USER_AUTH. */
  readonly usesUserAuth: boolean;
  /** As in the option `autoConfirmUser`. */
  readonly autoConfirmUser: boolean;
  /** Whether the app has the endpoint `forgotPassword`. */
  readonly forgotPassword: boolean;
  readonly managedLogin: ManagedLoginNeeds | undefined;
}

export interface ManagedLoginNeeds extends ManagedLoginAnswers {
  /** As in the option. */
  readonly identityProviders: readonly string[];
}

/** Returns the needs of the app with these options. The user pool tells whether it has passkeys, which no option does. */
export function appNeeds(
  settings: Settings,
  { writableAttributes = [] }: Config,
  mfaConfig: GetUserPoolMfaConfigResponse | undefined,
): AppNeeds {
  const { authFlow, clientSecret, managedLogin, passwordPolicy, routes } = settings;
  const relyingPartyId = mfaConfig?.WebAuthnConfiguration?.RelyingPartyId;
  return {
    ...DEFAULT_ANSWERS,
    userPoolId: settings.userPoolId,
    clientId: settings.clientId,
    region: settings.region,
    signInWith: settings.signInWith,
    authFlow,
    usesUserAuth: authFlow === 'USER_AUTH' || settings.passwordless || settings.autoSignIn,
    selfSignUp: routes.signUp !== false,
    autoConfirmUser: settings.autoConfirmUser,
    forgotPassword: routes.forgotPassword !== false,
    passkeys:
      relyingPartyId === undefined ? undefined : { relyingPartyId: domainOf(settings, relyingPartyId) },
    managedLogin: managedLogin && {
      domainPrefix: '<prefix>',
      callbackUrls: [managedLogin.redirectUri],
      logoutUrls: managedLogin.logoutUris,
      scopes: managedLogin.scopes,
      identityProviders: managedLogin.identityProviders ?? [],
    },
    clientSecret: clientSecret === undefined ? 'none' : 'fixed',
    // The default list is longer than what an app sends.
    writableAttributes,
    minimumPasswordLength: Math.max(
      passwordPolicy.minimumLength ?? DEFAULT_ANSWERS.minimumPasswordLength,
      MIN_PASSWORD_LENGTH,
    ),
    rememberDevices: settings.rememberDevices === 'always',
  };
}

/** Returns the relying party if it fits all hosts of the app, or else the first host that it does not fit. */
function domainOf({ managedLogin, trustedOrigins }: Settings, relyingPartyId: string): string {
  const urls = [...(managedLogin ? [managedLogin.redirectUri] : []), ...trustedOrigins];
  const hosts = urls.map((url) => new URL(url).hostname);
  return (
    hosts.find((host) => host !== relyingPartyId && !host.endsWith(`.${relyingPartyId}`)) ?? relyingPartyId
  );
}
