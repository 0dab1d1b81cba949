import type {
  CognitoIdentityProvider,
  CreateUserPoolClientCommandInput,
} from '@aws-sdk/client-cognito-identity-provider';
import { DEFAULT_ANSWERS, DEFAULT_SCOPES, type SetupAnswers } from '../../src/setup/answers.ts';
import type { ApiInputs } from '../../src/setup/api-input.ts';
import { type Described, memberOf, type Resource } from '../../src/setup/setting.ts';
import { SETTINGS } from '../../src/setup/settings.ts';

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
    email: {
      identityArn: 'arn:aws:ses:eu-central-1:123456789012:identity/example.com',
      from: 'no-reply@example.com',
    },
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
  'passkeys and managed login': {
    ...DEFAULT_ANSWERS,
    authFlow: 'USER_AUTH',
    passkeys: { relyingPartyId: 'example.com' },
    managedLogin: {
      domainPrefix: 'my-app-login',
      callbackUrls: [
        'https://app.example.com/auth/callback?a=1&b=%7Bc%7D',
        'http://localhost:3000/auth/callback',
      ],
      logoutUrls: ['https://app.example.com'],
      scopes: DEFAULT_SCOPES,
    },
  },
};

/** Makes a user pool of the inputs, and returns its resources as the API describes them. */
export async function created(
  sdk: CognitoIdentityProvider,
  inputs: ApiInputs,
): Promise<Readonly<Record<Resource, Described>>> {
  const { UserPool } = await sdk.createUserPool(inputs.createUserPool);
  const UserPoolId = UserPool?.Id;
  await sdk.setUserPoolMfaConfig({ UserPoolId, ...inputs.setUserPoolMfaConfig });
  const client: CreateUserPoolClientCommandInput = { UserPoolId, ...inputs.createUserPoolClient };
  const ClientId = (await sdk.createUserPoolClient(client)).UserPoolClient?.ClientId;
  if (inputs.createUserPoolDomain) {
    await sdk.createUserPoolDomain({ UserPoolId, ...inputs.createUserPoolDomain });
    await sdk.createManagedLoginBranding({ UserPoolId, ClientId, ...inputs.createManagedLoginBranding });
  }
  return describeAll(sdk, UserPoolId, ClientId);
}

/** Returns the resources of a user pool as the API describes them. */
export async function describeAll(
  sdk: CognitoIdentityProvider,
  UserPoolId: string | undefined,
  ClientId: string | undefined,
): Promise<Readonly<Record<Resource, Described>>> {
  const { UserPool } = await sdk.describeUserPool({ UserPoolId });
  const { UserPoolClient } = await sdk.describeUserPoolClient({ UserPoolId, ClientId });
  const { $metadata: _, ...mfaConfig } = await sdk.getUserPoolMfaConfig({ UserPoolId });
  const { DomainDescription } = await sdk.describeUserPoolDomain({ Domain: UserPool?.Domain ?? 'none' });
  const { ManagedLoginBranding } = UserPool?.Domain
    ? await sdk.describeManagedLoginBrandingByClient({ UserPoolId, ClientId })
    : {};
  return {
    userPool: { ...UserPool },
    appClient: { ...UserPoolClient },
    mfaConfig,
    domain: { ...DomainDescription },
    branding: { ...ManagedLoginBranding },
  };
}

/** Returns the ids of the settings that a user pool does not meet. */
export function deviations(
  resources: Readonly<Record<Resource, Described>>,
  answers: SetupAnswers,
): string[] {
  return SETTINGS.filter(
    ({ resource, member, accepts }) =>
      !accepts(memberOf(resources[resource], member), answers, resources[resource]),
  ).map(({ id }) => id);
}
