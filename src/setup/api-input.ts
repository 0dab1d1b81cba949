import type {
  CreateManagedLoginBrandingCommandInput,
  CreateUserPoolClientCommandInput,
  CreateUserPoolCommandInput,
  CreateUserPoolDomainCommandInput,
  SetUserPoolMfaConfigCommandInput,
} from '@aws-sdk/client-cognito-identity-provider';
import type { SetupAnswers } from './answers.ts';
import type { Resource } from './setting.ts';
import { membersOf, plainOf } from './setting-tree.ts';

/** Inputs of the API operations that make a user pool, without the ids of its parts. */
export interface ApiInputs {
  readonly createUserPool: CreateUserPoolCommandInput;
  readonly setUserPoolMfaConfig: Omit<SetUserPoolMfaConfigCommandInput, 'UserPoolId'>;
  readonly createUserPoolClient: Omit<CreateUserPoolClientCommandInput, 'UserPoolId'>;
  /** Only with managed login. */
  readonly createUserPoolDomain: Omit<CreateUserPoolDomainCommandInput, 'UserPoolId'> | undefined;
  readonly createManagedLoginBranding:
    | Omit<CreateManagedLoginBrandingCommandInput, 'UserPoolId' | 'ClientId'>
    | undefined;
}

/** Returns the inputs of the API operations, in the order of their calls. */
export function apiInputs(answers: SetupAnswers): ApiInputs {
  const plain = (resource: Resource) => plainOf(membersOf(resource, answers));
  return {
    createUserPool: { PoolName: answers.name, ...plain('userPool') },
    setUserPoolMfaConfig: plain('mfaConfig'),
    createUserPoolClient: { ClientName: answers.name, ...plain('appClient') },
    createUserPoolDomain: answers.managedLogin && {
      Domain: answers.managedLogin.domainPrefix,
      ...plain('domain'),
    },
    createManagedLoginBranding: answers.managedLogin && plain('branding'),
  };
}
