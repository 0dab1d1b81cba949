import type Joi from 'joi';
import type { AuthFlow } from '../config/options.ts';
import { ProblemError, problem } from '../shared/problem.ts';
import { signInCheck } from '../tokens/recent-sign-in.ts';
import { AUTH_FLOWS } from './auth-flows.ts';
import { device } from './device-fields.ts';
import { isRefusedDevice, onDevice } from './device-proof.ts';
import type { GivenDevice } from './device-types.ts';
import type { HandlerContext, HandlerEndpoint } from './endpoint.ts';
import { acrValues, clientMembers, password, unlessInCookies } from './fields.ts';
import { firstFactor, sendsCode, sentNoCode } from './first-factors.ts';
import { joi } from './joi.ts';
import type { SignInResult } from './sign-in-types.ts';

interface StepUpBody {
  readonly acr?: string;
  readonly maxAge?: number;
  readonly password?: string;
  readonly preferredChallenge?: string;
  readonly device?: GivenDevice;
}

/** The flows that can start without a password. */
const WITHOUT_PASSWORD: readonly AuthFlow[] = ['USER_AUTH', 'CUSTOM_AUTH'];

/** Satisfies a step-up challenge of `requireAuth` (RFC 9470) by another sign-in of the same user. */
export const stepUp: HandlerEndpoint<StepUpBody> = {
  name: 'stepUp',
  method: 'post',
  path: '/step-up',
  summary: 'Sign the current user in again, or with further factors. The response is that of a sign-in.',
  description:
    'Send the `acr_values` and `max_age` of a refusal as `acr` and `maxAge`. The new tokens satisfy the route that refused.',
  tag: 'session',
  auth: 'access',
  cookies: { device: 'device' },
  // It checks a password.
  rateLimit: 'signIn',
  accountLimit: ({ password, preferredChallenge }) =>
    sendsCode(preferredChallenge ?? (password === undefined ? undefined : 'PASSWORD')) ? 'code' : undefined,
  sentNothing: sentNoCode,
  body: (settings) => {
    const body = joi.object<StepUpBody>({
      acr: acrValues(),
      maxAge: joi
        .number()
        .strict()
        .integer()
        .min(1)
        .max(999_999_999)
        .description('Maximum age of the sign-in in seconds: the `max_age` of the refusal.'),
      password: password(),
      preferredChallenge: firstFactor().description('The first factor, if the user has a choice.'),
      ...unlessInCookies(settings, { device: device() }),
      ...clientMembers(settings),
    });
    return WITHOUT_PASSWORD.includes(settings.authFlow)
      ? body
      : body.custom(needsProof).meta({ jsonSchema: PROOF_NEEDED });
  },
  operations: ['InitiateAuth', 'RespondToAuthChallenge'],
  // The proof of a device reaches no level, so a step-up to one leaves the device out.
  handle: (body, call) =>
    onDevice(body.acr === undefined ? body.device : undefined, call, isRefusedDevice, (step) =>
      signInAgain(body, step),
    ),
  errors: [
    'conflict',
    'invalid_credentials',
    'invalid_session',
    'invalid_refresh_token',
    'user_not_found',
    'user_not_confirmed',
    'user_disabled',
    'password_reset_required',
    'rejected_by_pool',
    'operation_not_available',
    'forbidden',
    'too_many_attempts',
    'message_not_sent',
  ],
  response: { $ref: '#/components/schemas/SignInResult' },
  example: {
    request: {
      acr: 'urn:cognito:loa:4 urn:cognito:loa:3',
      maxAge: 300,
      password: 'correct-Horse-7-battery',
    },
    response: {
      status: 'challenge',
      challenge: {
        name: 'SOFTWARE_TOKEN_MFA',
        session: 'AYABeC1-example-session-0123456789',
        username: '34c84488-e0e1-70ae-d2ee-991ad1a898c8',
        parameters: {},
      },
    },
  },
};

/** `needsProof` in JSON Schema. */
const PROOF_NEEDED = { allOf: [{ anyOf: [{ required: ['acr'] }, { required: ['password'] }] }] };

function needsProof(body: StepUpBody, helpers: Joi.CustomHelpers): StepUpBody | Joi.ErrorReport {
  if (body.acr !== undefined || body.password !== undefined) return body;
  return helpers.error('any.required', {}, helpers.state.localize?.(['password']));
}

async function signInAgain(body: StepUpBody, call: HandlerContext): Promise<SignInResult> {
  const { settings, auth } = call;
  // A token of client credentials has no user.
  if (auth?.username === undefined) throw new ProblemError(problem('invalid_token'));
  refuseIfMet(body, auth, call.settings);
  const { acr, device: _device, ...proof } = body;
  const authFlow = acr === undefined ? settings.authFlow : 'USER_AUTH';
  // The token identifies the user, so no errors need masking.
  const asUser: HandlerContext = {
    ...call,
    settings: { ...settings, authFlow, signInWith: ['username'], concealUserExistence: false },
    send: acr === undefined ? call.send : withTarget(call, body),
  };
  try {
    return await AUTH_FLOWS[authFlow].signIn({ ...proof, username: auth.username }, asUser);
  } catch (cause) {
    // Only levels need USER_AUTH. A server whose own sign-in uses another flow is not misconfigured.
    const noLevels = authFlow !== settings.authFlow && /flow (is )?not enabled/i.test(String(cause));
    if (!noLevels) throw cause;
    const detail = 'Sign-in levels require an app client that allows USER_AUTH.';
    throw new ProblemError(problem('operation_not_available', { detail }), { cause });
  }
}

/** Cognito offers no challenge for a level that is already reached. Without a level, each call is a new sign-in. */
function refuseIfMet(
  { acr, maxAge }: StepUpBody,
  auth: NonNullable<HandlerContext['auth']>,
  { clockToleranceSeconds }: HandlerContext['settings'],
): void {
  if (acr === undefined || signInCheck({ acr: acr.split(' '), maxAge, clockToleranceSeconds })(auth)) return;
  throw new ProblemError(problem('conflict', { detail: 'The sign-in already satisfies this.' }));
}

/** Cognito counts the factors that the token proves, if they are not older than MAX_AGE. */
function withTarget(call: HandlerContext, { acr = '', maxAge }: StepUpBody): HandlerContext['send'] {
  const target = {
    TARGET_ACR_VALUES: acr,
    ACCESS_TOKEN: call.accessToken(),
    ...(maxAge !== undefined && { MAX_AGE: String(maxAge) }),
  };
  return (operation, input) => {
    const { AuthFlow, AuthParameters } = input as { AuthFlow?: string; AuthParameters?: object };
    return AuthFlow === undefined
      ? call.send(operation, input)
      : call.send(operation, { ...input, AuthParameters: { ...AuthParameters, ...target } });
  };
}
