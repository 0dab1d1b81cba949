/** The secret members of bodies, with the variable that stands for each in copied code. */
export const SECRET_MEMBERS = new Map([
  ['password', 'PASSWORD'],
  ['newPassword', 'NEW_PASSWORD'],
  ['oldPassword', 'OLD_PASSWORD'],
  ['devicePassword', 'DEVICE_PASSWORD'],
  ['confirmationCode', 'CODE'],
  ['answer', 'ANSWER'],
  ['session', 'SESSION'],
  ['accessToken', 'ACCESS_TOKEN'],
  ['idToken', 'ID_TOKEN'],
  ['refreshToken', 'REFRESH_TOKEN'],
  ['feedbackToken', 'FEEDBACK_TOKEN'],
]);

const TOKENS = new Set(['accessToken', 'idToken', 'refreshToken', 'session', 'feedbackToken']);

export function isPassword(member) {
  return member.toLowerCase().endsWith('password');
}

export function isToken(member) {
  return TOKENS.has(member);
}
