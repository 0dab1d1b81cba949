import { type CreatedParts, FailedStep, runSteps, stepsOf } from '../scaffold/create-user-pool.ts';
import type { Variable } from '../scaffold/env-file.ts';
import { type Place, remainingCommands, searchCommand, undoCommands } from '../scaffold/undo.ts';
import type { SetupAnswers } from '../setup/answers.ts';
import { apiInputs } from '../setup/api-input.ts';
import { emailLimit } from '../setup/email-limit.ts';
import type { Folder } from './init-folder.ts';
import type { PoolPlan } from './init-plan.ts';
import { UsageError } from './usage-error.ts';

/** Variables of a user pool, its app client and its server. */
const TAKEN = [
  'COGNITO_USER_POOL_ID',
  'COGNITO_CLIENT_ID',
  'COGNITO_CLIENT_SECRET',
  'COGNITO_CLIENT_SECRET_ARN',
  'COGNITO_ENDPOINT',
  'COGNITO_LOCAL_STATE',
];

/** Returns the plan of a user pool at AWS, with the credentials and the region that the SDK finds. */
export async function awsPool(
  answers: SetupAnswers,
  { variables, envFile }: Folder,
  given: { readonly region?: string | undefined; readonly endpoint?: string | undefined },
): Promise<PoolPlan> {
  const endpoint =
    (given.endpoint ??
      (process.env.AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER || process.env.AWS_ENDPOINT_URL)) ||
    undefined;
  // The plan, the report and the commands name the endpoint.
  if (endpoint !== undefined && hasCredentials(endpoint))
    throw new UsageError('the endpoint must have no user name and no password');
  const taken = TAKEN.find(
    (name) => variables[name] !== undefined && !(name === 'COGNITO_ENDPOINT' && variables[name] === endpoint),
  );
  if (taken !== undefined) {
    const which = taken === 'COGNITO_USER_POOL_ID' ? `the user pool ${variables[taken]}` : `a line ${taken}`;
    throw new Error(
      `${envFile} has ${which} already, so nothing was created; choose another file with --env`,
    );
  }
  const { CognitoIdentityProvider } = await import('@aws-sdk/client-cognito-identity-provider');
  const cognito = new CognitoIdentityProvider({
    ...(given.region !== undefined && { region: given.region }),
    ...(endpoint !== undefined && { endpoint }),
    // A repeated CreateUserPool would make a second pool.
    maxAttempts: 1,
  });
  const region = await cognito.config.region().catch(() => {
    throw new UsageError('the region is missing; write --region eu-central-1, or set AWS_REGION');
  });
  const place: Place = { region, endpoint };
  const steps = stepsOf(apiInputs(answers));
  return {
    isLocal: false,
    headline: `At AWS in ${region}${endpoint ? ` (${endpoint})` : ''}, the user pool "${answers.name}":`,
    calls: steps,
    variables: variablesOf(
      { userPoolId: '<id>', clientId: '<id>', ...(answers.clientSecret === 'fixed' && { clientSecret: '' }) },
      place,
    ),
    limits: emailLimit(answers),
    paths: [],
    kept: [],
    start: [],
    async make() {
      const parts: CreatedParts = {};
      // The report of the parts comes before the end of the program.
      const stopping = new AbortController();
      const stop = (): void => stopping.abort();
      process.on('SIGINT', stop).on('SIGTERM', stop);
      try {
        await runSteps(steps, cognito, { parts, signal: stopping.signal });
      } catch (error) {
        if (!(error instanceof FailedStep)) throw error;
        return {
          variables: variablesOf(parts, place),
          undo: undoCommands(parts, place),
          failure: failureText(error, parts, { place, envFile }),
          isUsable: parts.clientId !== undefined,
        };
      } finally {
        process.off('SIGINT', stop).off('SIGTERM', stop);
        cognito.destroy();
      }
      return { variables: variablesOf(parts, place), undo: undoCommands(parts, place), isUsable: true };
    },
  };
}

function hasCredentials(endpoint: string): boolean {
  if (!URL.canParse(endpoint)) return false;
  const { username, password } = new URL(endpoint);
  return username !== '' || password !== '';
}

function variablesOf({ userPoolId, clientId, clientSecret }: CreatedParts, { endpoint }: Place): Variable[] {
  return [
    ...(userPoolId === undefined ? [] : [{ name: 'COGNITO_USER_POOL_ID', value: userPoolId }]),
    ...(clientId === undefined ? [] : [{ name: 'COGNITO_CLIENT_ID', value: clientId }]),
    ...(clientSecret === undefined
      ? []
      : [{ name: 'COGNITO_CLIENT_SECRET', value: clientSecret, secret: true } as const]),
    // The kit does not read AWS_ENDPOINT_URL.
    ...(endpoint === undefined || userPoolId === undefined
      ? []
      : [{ name: 'COGNITO_ENDPOINT', value: endpoint }]),
  ];
}

function failureText(
  error: FailedStep,
  parts: CreatedParts,
  { place, envFile }: { readonly place: Place; readonly envFile: string },
): string {
  const { userPoolId, clientId, domain } = parts;
  if (userPoolId === undefined)
    return error.isRefusal
      ? `${error.message}\nNothing was created.`
      : `${error.message}\nThe user pool may exist, because the answer of AWS is unknown. Look for it:\n  ${searchCommand(place)}`;
  const created = [
    `user pool ${userPoolId}`,
    ...(clientId === undefined ? [] : [`app client ${clientId}`]),
    ...(domain === undefined ? [] : [`domain ${domain}`]),
  ];
  const remaining = remainingCommands(error.remaining, parts, place);
  return [
    error.message,
    '',
    `Created, with ids in ${envFile}: ${created.join(', ')}.`,
    ...(remaining.length > 0
      ? [
          '',
          'To go on, correct the cause, such as the prefix of the domain, and run:',
          ...remaining.map((each) => `  ${each}`),
        ]
      : []),
    '',
    `To undo, run these commands and remove the lines COGNITO_* from ${envFile}. Then init can start again:`,
    ...undoCommands(parts, place).map((each) => `  ${each}`),
  ].join('\n');
}
