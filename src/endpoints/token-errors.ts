import type { ProblemCode } from '../shared/problem.ts';

/** Errors that every operation with an access token can have. */
export const TOKEN_ERRORS: readonly ProblemCode[] = [
  'user_not_found',
  'user_disabled',
  'user_not_confirmed',
  'password_reset_required',
  'insufficient_scope',
  'not_allowed_for_user',
  'operation_not_available',
  'forbidden',
  'rejected_by_pool',
];
