import type { Fact } from '../fact.ts';
import { ACCOUNT_FACTS } from './account.ts';
import { CHALLENGE_FACTS } from './challenges.ts';
import { KIT_FACTS } from './kit.ts';
import { SIGN_IN_FACTS } from './sign-in.ts';
import { SIGN_UP_FACTS } from './sign-up.ts';
import { TOKEN_FACTS } from './tokens.ts';
import { WIRE_FACTS } from './wire.ts';

/** Every fact that is checked, in the order of the report. */
export const FACTS: readonly Fact[] = [
  ...WIRE_FACTS,
  ...SIGN_IN_FACTS,
  ...SIGN_UP_FACTS,
  ...CHALLENGE_FACTS,
  ...TOKEN_FACTS,
  ...ACCOUNT_FACTS,
  ...KIT_FACTS,
];
