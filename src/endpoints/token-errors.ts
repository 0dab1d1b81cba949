import type { ProblemCode } from '../shared/problem.ts';

/** What the user of an access token can be refused for, whatever the token is used for. */
export const TOKEN_ERRORS: readonly ProblemCode[] = [
  'user_not_found',
  'user_disabled',
  'user_not_confirmed',
  'password_reset_required',
  'insufficient_scope',
  'operation_not_available',
  'forbidden',
  'rejected_by_pool',
];
