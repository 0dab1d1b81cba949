import type { Logger } from 'pino';
import type { Settings } from '../config/settings.ts';
import type { Hint } from '../shared/hint.ts';

/** Variables that the AWS SDK reads, and the kit's client does not. */
const VARIABLES = ['AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER', 'AWS_ENDPOINT_URL'] as const;

/** Warns at the start if a variable of the environment names another endpoint, which the kit ignores. */
export function warnOfIgnoredEndpoint(
  { endpoint, cognitoHost, cognitoClient }: Settings,
  logger: Logger,
  env: NodeJS.ProcessEnv = process.env,
): void {
  if (endpoint !== undefined || cognitoClient !== undefined) return;
  const name = VARIABLES.find((variable) => env[variable]);
  if (name === undefined) return;
  const hint: Hint = `calls go to ${cognitoHost}: set the option endpoint, or COGNITO_ENDPOINT, for another server, which then has the issuer and the keys as well. See docs/customize.md#another-server-than-aws`;
  logger.warn({ code: 'endpoint_ignored', hint }, `${name} is ignored`);
}
