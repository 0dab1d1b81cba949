import { randomUUID } from 'node:crypto';
import { CognitoError } from '../model/errors.ts';
import type { UserPool } from '../model/pool.ts';
import type { TriggerEvents } from '../model/triggers.ts';
import type { User } from '../model/user.ts';
import { functionOf, titleOf } from './lambda-config.ts';

export type TriggerName = keyof TriggerEvents;

/** The members of an event that differ between triggers. */
export interface TriggerCall<Name extends TriggerName> {
  readonly source: TriggerEvents[Name]['triggerSource'];
  readonly userName: string;
  readonly request: TriggerEvents[Name]['request'];
  readonly response: { readonly [Member in keyof TriggerEvents[Name]['response']]: unknown };
  /** Id of the app client; absent for an administrator's call. */
  readonly clientId?: string | undefined;
  readonly version?: string;
}

/** Timeout of a trigger, as in Cognito. */
const ANSWER_MS = 5000;

/** Runs a trigger. Returns its unchecked response, or undefined if the pool does not have the trigger. */
export async function runTrigger<Name extends TriggerName>(
  pool: UserPool,
  name: Name,
  call: TriggerCall<Name>,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const handler = functionOf(pool, name) as Handler | undefined;
  if (!handler) return undefined;
  // Copied, because Lambda and its caller share no memory.
  const event = structuredClone({
    version: call.version ?? '1',
    triggerSource: call.source,
    region: pool.service.region,
    userPoolId: pool.id,
    userName: call.userName,
    callerContext: {
      awsSdkVersion: 'aws-sdk-unknown-unknown',
      clientId: call.clientId ?? 'CLIENT_ID_NOT_APPLICABLE',
    },
    request: call.request,
    response: call.response,
  });
  return responseOf(await invoke(name, handler, event));
}

/** Returns the user's attributes for a trigger event. */
export function attributesForTrigger(user: User): Record<string, string> {
  return {
    sub: user.sub,
    ...Object.fromEntries(user.attributes),
    'cognito:user_status': user.status,
  };
}

type Handler = (
  event: object,
  context: object,
  callback: (error: unknown, result?: unknown) => void,
) => unknown;

async function invoke(name: TriggerName, handler: Handler, event: object): Promise<unknown> {
  const title = titleOf(name);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const reason = `${title} invocation failed due to error Socket timeout while invoking Lambda function.`;
      reject(new CognitoError('UnexpectedLambdaException', reason));
    }, ANSWER_MS);
  });
  const answered = call(handler, event).catch((error: unknown) => {
    // `instanceof` fails in Jest, where Node's errors belong to another realm than the tests'.
    const reason = (error as { message?: unknown } | null | undefined)?.message ?? error;
    throw new CognitoError('UserLambdaValidationException', `${title} failed with error ${reason}.`);
  });
  try {
    return await Promise.race([answered, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Calls a handler that either returns its result or passes it to the callback. */
function call(handler: Handler, event: object): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const callback = (error: unknown, result?: unknown): void => {
      if (error === null || error === undefined) resolve(result);
      else reject(error);
    };
    const context = {
      awsRequestId: randomUUID(),
      functionName: 'local',
      getRemainingTimeInMillis: () => ANSWER_MS,
    };
    const returned = handler(event, context, callback);
    if (returned !== undefined || handler.length < 3) resolve(returned);
  });
}

function responseOf(answer: unknown): Record<string, unknown> {
  const response = (asJson(answer) as { response?: unknown } | undefined)?.response;
  if (!isMap(response)) throw invalidTriggerAnswer();
  return response;
}

/** Serializes the result as JSON, as Lambda does. */
function asJson(answer: unknown): unknown {
  try {
    const value: unknown = JSON.parse(JSON.stringify(answer));
    if (isMap(value)) return value;
  } catch {
    // undefined and non-JSON values are the same error.
  }
  throw new CognitoError('InvalidLambdaResponseException', 'Invalid lambda function output : Invalid JSON');
}

export function invalidTriggerAnswer(): CognitoError {
  return new CognitoError('InvalidLambdaResponseException', 'Unrecognizable lambda output');
}

export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads a map of strings in a trigger's response. Null is empty; numbers and booleans become strings. */
export function textsOf(value: unknown): Record<string, string> {
  if (value === null || value === undefined) return {};
  if (!isMap(value)) throw invalidTriggerAnswer();
  const entries = Object.entries(value).filter(([, entry]) => entry !== null);
  if (entries.some(([, entry]) => typeof entry === 'object')) throw invalidTriggerAnswer();
  return Object.fromEntries(entries.map(([name, entry]) => [name, String(entry)]));
}
