import { isObject } from '../model/json-object.ts';
import type { UserPool } from '../model/pool.ts';
import type { TriggerEvents } from '../model/triggers.ts';
import type { User } from '../model/user.ts';
import { sdkOfCaller } from './caller.ts';
import { invokeFunction } from './invoke-function.ts';
import { invokeLambda } from './invoke-lambda.ts';
import { codeOf, type TriggerName, titleOf, warnOfFailure } from './lambda-config.ts';
import { invalidTriggerAnswer, invalidTriggerJson } from './trigger-errors.ts';

type ResponseOf<Name extends TriggerName> = TriggerEvents[Name] extends { readonly response: infer Response }
  ? { readonly response: { readonly [Member in keyof Response]: unknown } }
  : { readonly response?: undefined };

/** The members of an event that differ between triggers. */
export type TriggerCall<Name extends TriggerName> = ResponseOf<Name> & {
  readonly source: TriggerEvents[Name]['triggerSource'];
  readonly userName: string;
  readonly request: TriggerEvents[Name]['request'];
  /** Id of the app client; absent for an administrator's call. */
  readonly clientId?: string | undefined;
  readonly version?: string;
};

/** Runs a trigger. Returns its unchecked response, or undefined if the pool does not have the trigger. */
export async function runTrigger<Name extends TriggerName>(
  pool: UserPool,
  name: Name,
  call: TriggerCall<Name>,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const invocation = invoke(pool, name, call);
  return invocation && responseOf(titleOf(name), await invocation);
}

/** Runs a trigger that has no response, whatever it returns. Returns whether the pool has the trigger. */
export async function tellTrigger<Name extends TriggerName>(
  pool: UserPool,
  name: Name,
  call: TriggerCall<Name>,
): Promise<boolean> {
  const invocation = invoke(pool, name, call);
  await invocation;
  return invocation !== undefined;
}

/** Returns the user's attributes for a trigger event. An address that is an alias has a second member. */
export function attributesForTrigger({ users, settings }: UserPool, user: User): Record<string, string> {
  const aliases = (settings.AliasAttributes ?? []).filter((name) => name !== 'preferred_username');
  const named = aliases.flatMap((name) => {
    const value = user.attributes.get(name);
    return value !== undefined && users.ownerOf(name, value) === user
      ? [[`cognito:${name}_alias`, value] as const]
      : [];
  });
  return {
    sub: user.sub,
    ...Object.fromEntries(named),
    ...Object.fromEntries(user.attributes),
    'cognito:user_status': user.status,
  };
}

function invoke<Name extends TriggerName>(
  pool: UserPool,
  name: Name,
  call: TriggerCall<Name>,
): Promise<unknown> | undefined {
  const code = codeOf(pool, name);
  if (!code) return undefined;
  // Copied, because Lambda and its caller share no memory.
  const event = structuredClone({
    version: call.version ?? '1',
    triggerSource: call.source,
    region: pool.service.region,
    userPoolId: pool.id,
    userName: call.userName,
    callerContext: {
      awsSdkVersion: sdkOfCaller(),
      clientId: call.clientId ?? 'CLIENT_ID_NOT_APPLICABLE',
    },
    request: call.request,
    ...(call.response && { response: call.response }),
  });
  const title = titleOf(name);
  return 'run' in code ? invokeFunction(title, code.run, event) : invokeLambda(title, code.lambda, event);
}

function responseOf(title: string, answer: unknown): Record<string, unknown> {
  if (answer === null || answer === undefined) {
    const advice = 'its function returned nothing. Return the event from the function';
    warnOfFailure(title, `${advice}. See docs/local-user-pool.md#lambda-triggers`);
  }
  const response = (asJson(answer) as { response?: unknown } | undefined)?.response;
  if (!isObject(response)) throw invalidTriggerAnswer();
  return response;
}

/** Serializes the result as JSON, as Lambda does. */
function asJson(answer: unknown): unknown {
  try {
    const value: unknown = JSON.parse(JSON.stringify(answer));
    if (isObject(value)) return value;
  } catch {
    // undefined and non-JSON values are the same error.
  }
  throw invalidTriggerJson();
}

/** Reads a boolean in a trigger's response. Null and undefined are false. */
export function booleanOf(value: unknown): boolean {
  if (value === null || value === undefined) return false;
  if (typeof value !== 'boolean') throw invalidTriggerAnswer();
  return value;
}

/** Reads a map of strings in a trigger's response. Null is empty; numbers and booleans become strings. */
export function textsOf(value: unknown): Record<string, string> {
  if (value === null || value === undefined) return {};
  if (!isObject(value)) throw invalidTriggerAnswer();
  const entries = Object.entries(value).filter(([, entry]) => entry !== null);
  if (entries.some(([, entry]) => typeof entry === 'object')) throw invalidTriggerAnswer();
  return Object.fromEntries(entries.map(([name, entry]) => [name, String(entry)]));
}
