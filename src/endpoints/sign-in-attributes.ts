import type Joi from 'joi';
import type { SignInName } from '../config/options.ts';
import type { Settings } from '../config/settings.ts';
import { type FieldError, problem, refuse } from '../shared/problem.ts';
import type { HandlerContext } from './endpoint.ts';
import { IncompleteAnswer } from './sign-in-types.ts';

/** The attributes that hold names to sign in with. A user name itself can neither change nor be deleted. */
const ATTRIBUTES: Readonly<Record<SignInName, string | undefined>> = {
  email: 'email',
  phoneNumber: 'phone_number',
  username: undefined,
};

/** Returns the attributes of which a user needs one to sign in. */
function signInAttributes({ signInWith }: Pick<Settings, 'signInWith'>): readonly string[] {
  const names = signInWith.map((name) => ATTRIBUTES[name]);
  return names.includes(undefined) ? [] : names.filter((name) => name !== undefined);
}

/** Whether the attribute is the only name that users sign in with. */
export function isOnlySignInName(attribute: string, settings: Pick<Settings, 'signInWith'>): boolean {
  const names = signInAttributes(settings);
  return names.length === 1 && names.includes(attribute);
}

/** Replaces the error of a value that would delete the only name to sign in with. */
export function keepsSignInName<T extends Joi.Schema>(schema: T, isDeletion: (value: unknown) => boolean): T {
  return schema.error((errors) => {
    for (const error of errors) if (isDeletion(error.local.value)) error.code = 'attribute.signInName';
    return errors;
  }) as T;
}

/**
 * Refuses to delete the last of several names to sign in with: the user could never sign in again. The call to Cognito
 * is made for such a deletion only.
 */
export async function keepSignInName(
  deleted: readonly string[],
  path: (attribute: string) => string,
  call: HandlerContext,
): Promise<void> {
  const names = signInAttributes(call.settings);
  const removed = names.filter((name) => deleted.includes(name));
  if (removed.length === 0) return;
  const { UserAttributes } = await call.send('GetUser', { AccessToken: call.accessToken() });
  if (!UserAttributes) throw new IncompleteAnswer('Cognito answered with a user without attributes.');
  const held = UserAttributes.filter(({ Value }) => Value).map(({ Name }) => Name);
  if (names.some((name) => held.includes(name) && !removed.includes(name))) return;
  const last = removed.filter((name) => held.includes(name));
  if (last.length === 0) return;
  const errors = last.map((name): FieldError => ({ path: path(name), message: SIGN_IN_NAME_MESSAGE }));
  refuse(problem('validation_failed', { errors }));
}

export const SIGN_IN_NAME_MESSAGE = 'is the name to sign in with, and cannot be deleted';
