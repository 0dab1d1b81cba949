import type { SetupAnswers } from './answers.ts';

const ATTRIBUTES = { email: 'email', phoneNumber: 'phone_number' } as const;

export type Address = (typeof ATTRIBUTES)[keyof typeof ATTRIBUTES];

/** Returns the attributes among the sign-in names, in the order of the answers. */
export function signInAddresses({ signInWith }: Pick<SetupAnswers, 'signInWith'>): Address[] {
  return signInWith.flatMap((name) => (name === 'username' ? [] : [ATTRIBUTES[name]]));
}

/** Returns the addresses that receive codes. Users with a username only have an e-mail address for it. */
export function codeAddresses(answers: Pick<SetupAnswers, 'signInWith'>): Address[] {
  const found = signInAddresses(answers);
  return found.length > 0 ? found : ['email'];
}
