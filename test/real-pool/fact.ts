import type { ContractPool } from './contract-pool.ts';

/**
 * The kind of evidence that a statement about Cognito rests on, from the strongest to the weakest. `capture`: an answer of
 * AWS that its users published. `validated`: a test of another project that was run against AWS. `documentation`: the guide,
 * the API reference or a specification. `report`: a text that users quoted, without the answer. `inference`: an unanswered question at AWS, decided from similar answers.
 */
export type Basis = 'capture' | 'validated' | 'documentation' | 'report' | 'inference';

export interface Source {
  readonly basis: Basis;
  readonly title: string;
  readonly url?: string;
}

/** A statement about Cognito that a user pool confirms or contradicts. */
export interface Fact {
  /** Stable name in reports, such as `sign-in/wrong-password`. */
  readonly id: string;
  readonly statement: string;
  readonly source: Source;
  /** Returned by `observe` if the statement is true. JSON without `undefined`. */
  readonly expected: unknown;
  /** Calls the user pool. Returns shapes and texts, never a token, a code or a password. */
  readonly observe: (pool: ContractPool) => Promise<unknown>;
}

/** A fact that cannot be checked without reading messages. */
export interface UncheckedFact {
  readonly statement: string;
  readonly reason: string;
  readonly source: Source;
}

const API = 'https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference';
const GUIDE = 'https://docs.aws.amazon.com/cognito/latest/developerguide';

export function apiPage(operation: string): Source {
  return {
    basis: 'documentation',
    title: `API reference, ${operation}`,
    url: `${API}/API_${operation}.html`,
  };
}

export function guidePage(title: string, page: string): Source {
  return { basis: 'documentation', title: `Developer guide, ${title}`, url: `${GUIDE}/${page}.html` };
}

export function issue(repository: string, number: number): Source {
  return {
    basis: 'capture',
    title: `${repository}#${number}`,
    url: `https://github.com/${repository}/issues/${number}`,
  };
}

export function reported(text: string): Source {
  return { basis: 'report', title: `users' reports of ${text}` };
}

export function inferred(from: string): Source {
  return { basis: 'inference', title: from };
}

/** Answers to sign-ins of all kinds, measured by the author of the pull request on a pool in eu-central-1. */
export const MINISTACK_SRP: Source = issue('ministackorg/ministack', 1758);

/** The tests of moto that its authors also run against AWS (`cognitoidp_aws_verified`). */
export const MOTO: Source = {
  basis: 'validated',
  title: 'moto, tests with cognitoidp_aws_verified',
  url: 'https://github.com/getmoto/moto/blob/master/tests/test_cognitoidp/test_cognitoidp.py',
};

/** A pool whose users sign in with an address generates their usernames. */
export const SUB_IS_USERNAME: Source = guidePage(
  'Customizing sign-in attributes',
  'user-pool-settings-attributes',
);
