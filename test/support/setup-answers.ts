import type {
  CognitoIdentityProvider,
  CreateUserPoolClientCommandInput,
} from '@aws-sdk/client-cognito-identity-provider';
import { DEFAULT_SCOPES } from '../../src/config/managed-login.ts';
import type { Config } from '../../src/config/options.ts';
import { diagnose } from '../../src/doctor/diagnose.ts';
import { DEFAULT_ANSWERS, type SetupAnswers } from '../../src/setup/answers.ts';
import type { ApiInputs } from '../../src/setup/api-input.ts';

const EMAIL = {
  identityArn: 'arn:aws:ses:eu-central-1:123456789012:identity/example.com',
  from: 'no-reply@example.com',
};
const SMS = { roleArn: 'arn:aws:iam::123456789012:role/sms', externalId: 'my-app-sms' };

/** Answers that together give every setting a value. */
export const ANSWERS: Readonly<Record<string, SetupAnswers>> = {
  'the default answers': DEFAULT_ANSWERS,
  'a username and both addresses': {
    ...DEFAULT_ANSWERS,
    signInWith: ['username', 'email', 'phoneNumber'],
    authFlow: 'USER_SRP_AUTH',
    mfa: 'required',
    sms: SMS,
    email: EMAIL,
  },
  'a phone number and remembered devices': {
    ...DEFAULT_ANSWERS,
    signInWith: ['phoneNumber'],
    sms: SMS,
    rememberDevices: true,
    selfSignUp: false,
    writableAttributes: ['phone_number', 'name'],
  },
  'a username only, no second factor and no secret': {
    ...DEFAULT_ANSWERS,
    signInWith: ['username'],
    authFlow: 'ADMIN_USER_PASSWORD_AUTH',
    mfa: 'off',
    clientSecret: 'none',
  },
  'an e-mail address and few writable attributes': {
    ...DEFAULT_ANSWERS,
    writableAttributes: ['name', 'locale'],
    minimumPasswordLength: 16,
    email: EMAIL,
  },
  'managed login in cookies': {
    ...DEFAULT_ANSWERS,
    authFlow: 'USER_SRP_AUTH',
    mfa: 'required',
    email: EMAIL,
    managedLogin: {
      domainPrefix: 'my-other-login',
      callbackUrls: ['https://app.example.com/auth/callback'],
      logoutUrls: [],
      scopes: DEFAULT_SCOPES,
    },
  },
  'passkeys and managed login': {
    ...DEFAULT_ANSWERS,
    email: EMAIL,
    authFlow: 'USER_AUTH',
    passkeys: { relyingPartyId: 'example.com' },
    managedLogin: {
      domainPrefix: 'my-app-login',
      callbackUrls: [
        'https://app.example.com/auth/callback',
        'https://app.example.com/auth/callback?a=1&b=%7Bc%7D',
        'http://localhost:3000/auth/callback',
      ],
      logoutUrls: ['https://app.example.com'],
      scopes: DEFAULT_SCOPES,
    },
  },
};

/** The ids of a user pool and its app client. */
export interface Created {
  readonly UserPoolId: string;
  readonly ClientId: string;
}

/** Makes a user pool of the inputs. */
export async function created(sdk: CognitoIdentityProvider, inputs: ApiInputs): Promise<Created> {
  const { UserPool } = await sdk.createUserPool(inputs.createUserPool);
  const UserPoolId = UserPool?.Id ?? '';
  await sdk.setUserPoolMfaConfig({ UserPoolId, ...inputs.setUserPoolMfaConfig });
  const client: CreateUserPoolClientCommandInput = { UserPoolId, ...inputs.createUserPoolClient };
  const ClientId = (await sdk.createUserPoolClient(client)).UserPoolClient?.ClientId ?? '';
  if (inputs.createUserPoolDomain) {
    await sdk.createUserPoolDomain({ UserPoolId, ...inputs.createUserPoolDomain });
    await sdk.createManagedLoginBranding({ UserPoolId, ClientId, ...inputs.createManagedLoginBranding });
  }
  return { UserPoolId, ClientId };
}

/** Returns the options of the app that the answers describe. */
export function configFor(answers: SetupAnswers): Config {
  const { signInWith, authFlow, writableAttributes, managedLogin, passkeys, rememberDevices } = answers;
  const [redirectUri = ''] = managedLogin?.callbackUrls ?? [];
  const [logoutUri] = managedLogin?.logoutUrls ?? [];
  return {
    signInWith: [...signInWith],
    authFlow,
    writableAttributes: [...writableAttributes],
    passwordPolicy: { minimumLength: answers.minimumPasswordLength },
    ...(!answers.selfSignUp && { routes: { signUp: false } }),
    ...((managedLogin || passkeys || rememberDevices) && { transport: 'cookie' }),
    ...(rememberDevices && { rememberDevices: 'always' }),
    ...(passkeys && { trustedOrigins: [`https://app.${passkeys.relyingPartyId}`] }),
    ...(managedLogin && {
      cookieSecret: 'a secret for the cookies of every instance',
      managedLogin: { redirectUri, ...(logoutUri !== undefined && { logoutUri }) },
    }),
  };
}

/** Returns the options of the app with the ids and the secret of its user pool. */
export async function connected(
  { sdk, url }: { readonly sdk: CognitoIdentityProvider; readonly url: string },
  { UserPoolId, ClientId }: Created,
  answers: SetupAnswers,
): Promise<Config> {
  const { UserPoolClient } = await sdk.describeUserPoolClient({ UserPoolId, ClientId });
  const secret = UserPoolClient?.ClientSecret;
  return {
    ...configFor(answers),
    userPoolId: UserPoolId,
    clientId: ClientId,
    endpoint: url,
    ...(secret !== undefined && { clientSecret: secret }),
  };
}

/** Returns the ids of the doctor's findings. */
export async function findingsOf(sdk: CognitoIdentityProvider, config: Config): Promise<string[]> {
  const subject = { config, env: {}, node: '24.11.0', packages: {}, exposesEnvFile: false };
  const { findings } = await diagnose({ ...subject, cognitoClient: sdk });
  return findings.map(({ id }) => id);
}
