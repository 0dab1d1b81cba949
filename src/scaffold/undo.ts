import type { CreatedParts, Step } from './create-user-pool.ts';

/** The server that holds a user pool. */
export interface Place {
  readonly region: string;
  /** A server in place of AWS. */
  readonly endpoint: string | undefined;
}

/** Returns the AWS CLI commands that delete the parts of a user pool, in their order. */
export function undoCommands({ userPoolId, domain }: CreatedParts, place: Place): string[] {
  if (userPoolId === undefined) return [];
  const call = (operation: string, rest = ''): string =>
    `aws cognito-idp ${operation}${flagsOf(place)} --user-pool-id ${userPoolId}${rest}`;
  return [
    ...(domain === undefined ? [] : [call('delete-user-pool-domain', ` --domain ${domain}`)]),
    call('update-user-pool', ' --deletion-protection INACTIVE'),
    call('delete-user-pool'),
  ];
}

/** Returns the AWS CLI command that lists the user pools, to find one whose id is unknown. */
export function searchCommand(place: Place): string {
  return `aws cognito-idp list-user-pools${flagsOf(place)} --max-results 60`;
}

/** Returns the AWS CLI commands of the calls that are left, once the app client exists. */
export function remainingCommands(
  steps: readonly Step[],
  { userPoolId = '', clientId }: CreatedParts,
  place: Place,
): string[] {
  if (clientId === undefined) return [];
  return steps.map(({ operation, input }) => {
    const ids = {
      UserPoolId: userPoolId,
      ...(operation === 'CreateManagedLoginBranding' && { ClientId: clientId }),
    };
    const json = JSON.stringify({ ...ids, ...input });
    return `aws cognito-idp ${kebab(operation)}${flagsOf(place)} --cli-input-json '${json}'`;
  });
}

function flagsOf({ region, endpoint }: Place): string {
  return ` --region ${region}${endpoint === undefined ? '' : ` --endpoint-url ${endpoint}`}`;
}

function kebab(operation: string): string {
  return operation.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
}
