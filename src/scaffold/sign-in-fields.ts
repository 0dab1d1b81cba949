import type { SetupAnswers } from '../setup/answers.ts';

/** A field of the forms that name a user. */
export interface SignInField {
  /** Its path in the body, such as `email` or `attributes.email`. */
  readonly path: string;
  readonly label: string;
  readonly type: 'email' | 'tel' | 'text';
  /** A value for tests. */
  readonly sample: string;
}

const FIELDS = {
  email: { path: 'email', label: 'E-mail', type: 'email', sample: 'ada@example.com' },
  phoneNumber: { path: 'phoneNumber', label: 'Phone number', type: 'tel', sample: '+14155550123' },
  username: { path: 'username', label: 'User name', type: 'text', sample: 'ada' },
} as const satisfies Record<string, SignInField>;

/** Returns the field of POST /sign-in. */
export function signInField({ signInWith }: SetupAnswers): SignInField {
  return FIELDS[signInWith.includes('username') ? 'username' : (signInWith[0] ?? 'email')];
}

/** Returns the fields of POST /sign-up. Cognito sends the code to an address among them. */
export function signUpFields(answers: SetupAnswers): SignInField[] {
  const { signInWith } = answers;
  if (!signInWith.includes('username')) return [signInField(answers)];
  const addresses = signInWith.filter((name) => name !== 'username').map((name) => FIELDS[name]);
  return [
    FIELDS.username,
    ...(addresses.length > 0 ? addresses : [{ ...FIELDS.email, path: 'attributes.email' }]),
  ];
}
