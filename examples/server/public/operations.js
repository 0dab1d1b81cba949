import { authenticatorSetUp } from './authenticator-set-up.js';
import { decode } from './jwt.js';
import { makePasskey, passkeyNotice, usePasskey } from './passkeys.js';

/**
 * The operations of the console, one row each. The menu, the forms, the requests and the handling of
 * responses derive from these rows.
 *
 * A row: id (also its place in the address bar), group, title, summary, method, path,
 * `bearer` (sends the access token), `fields`, and where needed
 *   send                    label of the button. Default: the title
 *   body(values, session)   the JSON body. Default: the fields' values
 *                           (a field whose name is in the path, as {name}, goes there)
 *   note(session)           a line above the button
 *   notice(id)              a warning above the button, or undefined
 *   picture(session, page)  an element above the fields, or undefined
 *   prepare(values, tools)  work of the browser before the request; resolves to the values to send
 *   startsSession           sends the chosen transport, unless it is the default
 *   setsCookies             lets the browser store cookies, although the tokens are in the page
 *   done(body, session)     message after a success
 *   next                    the operation that usually follows
 *   goesOn                  opens the next operation by itself
 *   sendsCode               a code arrives in the inbox
 *   onSuccess(body, session, values)
 *   answersChallenge        false: an open challenge stays open, and its form does not follow
 *
 * A field: name (dots nest: `attributes.name` goes to { attributes: { name } }), label, type, autocomplete,
 * hint, optional. `identifier()` becomes the e-mail address, phone number or user name, depending on the pool.
 */

const identifier = (autocomplete = 'username') => ({ identifier: true, autocomplete });

const password = (name, label, autocomplete) => ({ name, label, type: 'password', autocomplete });

const newPassword = (name = 'newPassword', label = 'New password') => ({
  ...password(name, label, 'new-password'),
  hint: 'At least 8 characters, with upper and lower case letters, a number and a symbol.',
});

const code = (name = 'confirmationCode', label = 'Confirmation code') => ({
  name,
  label,
  type: 'text',
  autocomplete: 'one-time-code',
  inputmode: 'numeric',
  code: true,
});

const attributeName = (hint) => ({ name: 'name', label: 'Attribute', type: 'text', hint });

const deviceKey = { name: 'key', label: 'Device', type: 'text', hint: 'The deviceKey from the list.' };

export const GROUPS = [
  'Sign-up',
  'Sign-in',
  'Password',
  'Session',
  'Profile',
  'MFA',
  'Security',
  'Devices',
  'Passkeys',
  'Your routes',
  'Service',
];

/** The field of each sign-in name. The server states which one its router uses. */
export const IDENTIFIERS = {
  email: { name: 'email', label: 'E-mail address', type: 'email', inputmode: 'email' },
  phoneNumber: {
    name: 'phoneNumber',
    label: 'Phone number',
    type: 'tel',
    inputmode: 'tel',
    hint: 'With + and country code.',
  },
  username: { name: 'username', label: 'User name', type: 'text' },
};

export const OPERATIONS = [
  {
    id: 'sign-up',
    group: 'Sign-up',
    title: 'Sign up',
    summary: 'Creates an account and sends a code to verify the address.',
    sendsCode: true,
    method: 'POST',
    path: '/auth/sign-up',
    startsSession: true,
    fields: [
      identifier(),
      newPassword('password', 'Password'),
      { name: 'attributes.name', label: 'Name', type: 'text', autocomplete: 'name', optional: true },
    ],
    done: signUpDone,
    next: 'confirm-sign-up',
    onSuccess: (_body, session) => session.keepSignUp(undefined),
  },
  {
    id: 'sign-up-passwordless',
    group: 'Sign-up',
    title: 'Sign up without a password',
    summary: 'Creates an account that signs in with codes. The first code confirms the account and signs in.',
    sendsCode: true,
    method: 'POST',
    path: '/auth/sign-up',
    startsSession: true,
    fields: [
      identifier(),
      { name: 'attributes.name', label: 'Name', type: 'text', autocomplete: 'name', optional: true },
    ],
    done: signUpDone,
    next: 'confirm-sign-up',
    onSuccess: (body, session) => session.keepSignUp(body.session),
  },
  {
    id: 'confirm-sign-up',
    group: 'Sign-up',
    title: 'Confirm sign-up',
    summary: 'Confirms the account with the code from the message.',
    method: 'POST',
    path: '/auth/confirm-sign-up',
    fields: [identifier(), code()],
    note(session) {
      if (session.inCookies)
        return 'The browser sends the session of the sign-up in a cookie, if there is one.';
      return session.signUp && 'Sends the session of the sign-up.';
    },
    body: (values, session) => ({ ...values, ...(session.signUp && { session: session.signUp }) }),
    done: (body) => CONFIRMED[body.status] ?? signInDone(body),
    next: 'sign-in',
    onSuccess(body, session) {
      session.keepSignUp(undefined);
      if (!(body.status in CONFIRMED)) signInStep(body, session);
    },
  },
  {
    id: 'resend-confirmation-code',
    group: 'Sign-up',
    title: 'Resend the code',
    summary: 'Sends a new confirmation code; the previous one becomes invalid.',
    sendsCode: true,
    method: 'POST',
    path: '/auth/resend-confirmation-code',
    fields: [identifier()],
    body: (values, session) => ({ ...values, ...(session.signUp && { session: session.signUp }) }),
    done: () => 'If the account is unconfirmed, a new code is on its way.',
    next: 'confirm-sign-up',
  },
  {
    id: 'sign-in',
    group: 'Sign-in',
    title: 'Sign in',
    summary: 'Responds with tokens, or with a challenge to answer first.',
    method: 'POST',
    path: '/auth/sign-in',
    startsSession: true,
    fields: [identifier(), password('password', 'Password', 'current-password')],
    demoUsers: true,
    body: onDevice,
    done: signInDone,
    next: 'profile',
    onSuccess: signInStep,
  },
  {
    id: 'sign-in-passwordless',
    group: 'Sign-in',
    title: 'Sign in by choice',
    send: 'Begin',
    summary: 'Starts with a code, or with the choice of a first factor.',
    sendsCode: true,
    method: 'POST',
    path: '/auth/sign-in',
    startsSession: true,
    fields: [
      identifier(),
      {
        name: 'preferredChallenge',
        label: 'Begin with',
        type: 'text',
        hint: 'EMAIL_OTP, SMS_OTP, PASSWORD or PASSWORD_SRP; leave empty for a choice.',
        optional: true,
      },
    ],
    done: signInDone,
    next: 'profile',
    onSuccess: signInStep,
  },
  {
    id: 'challenge',
    group: 'Sign-in',
    title: 'Answer a challenge',
    summary: 'Continues a sign-in by answering the open challenge.',
    method: 'POST',
    path: '/auth/challenge',
    challenge: true,
    send: 'Send the answer',
    fields: [],
    body: (values, session) => {
      const { name, session: handle, username } = session.challenge;
      return onDevice({ name, session: handle, username, ...values }, session);
    },
    done: signInDone,
    next: 'profile',
    onSuccess: signInStep,
  },
  {
    id: 'forgot-password',
    group: 'Password',
    title: 'Forgot password',
    summary: 'Sends a code for setting a new password.',
    sendsCode: true,
    method: 'POST',
    path: '/auth/forgot-password',
    fields: [identifier()],
    done: () => 'If the account exists, a code is on its way.',
    next: 'confirm-forgot-password',
  },
  {
    id: 'confirm-forgot-password',
    group: 'Password',
    title: 'Set a forgotten password',
    summary: 'Sets a new password with the code from the message.',
    method: 'POST',
    path: '/auth/confirm-forgot-password',
    fields: [identifier(), code(), newPassword()],
    done: () => 'The new password is set. Sign in with it.',
    next: 'sign-in',
  },
  {
    id: 'change-password',
    group: 'Password',
    title: 'Change password',
    summary: 'Changes the password of a signed-in user, who knows the old one.',
    method: 'POST',
    path: '/auth/change-password',
    bearer: true,
    fields: [password('oldPassword', 'Old password', 'current-password'), newPassword()],
    body: onDevice,
    done: (body) => `The password is changed, and all sessions have ended. ${newSessionOf(body)}`,
    onSuccess: (body, session) => {
      if (body.challenge) session.meet(body.challenge);
      else if (body.tokens ?? body.user) session.signIn(body);
      else session.signOut();
    },
  },
  {
    id: 'refresh',
    group: 'Session',
    title: 'Refresh the tokens',
    summary: 'Exchanges the refresh token for a new access token and ID token.',
    method: 'POST',
    path: '/auth/refresh',
    fields: [],
    note: refreshTokenNote,
    body: (_values, session) => onDevice({ refreshToken: session.tokens?.refreshToken }, session),
    done: () => 'The session has new tokens.',
    onSuccess: (body, session) => session.renew(body),
  },
  {
    id: 'import-session',
    group: 'Session',
    title: 'Move the session into cookies',
    summary: 'Exchanges the refresh token of the page for cookies, as in a migration from Amplify.',
    method: 'POST',
    path: '/auth/import-session',
    fields: [],
    setsCookies: true,
    note: ({ tokens }) =>
      tokens?.refreshToken
        ? 'Sends the refresh token of this session.'
        : 'The page has no refresh token. Sign in with the tokens in the page first.',
    body: (_values, session) => onDevice({ refreshToken: session.tokens?.refreshToken }, session),
    done: signInDone,
    next: 'refresh',
    onSuccess: (body, session) => session.moveToCookies(body),
  },
  {
    id: 'sign-out',
    group: 'Session',
    title: 'Sign out',
    summary: 'Ends this session by revoking its refresh token.',
    method: 'POST',
    path: '/auth/sign-out',
    fields: [],
    note: refreshTokenNote,
    body: (_values, session) => ({ refreshToken: session.tokens?.refreshToken }),
    done: (_body, session) => `Signed out. ${deletedNote(session)}`,
    next: 'profile',
    onSuccess: (_body, session) => session.signOut(),
  },
  {
    id: 'sign-out-everywhere',
    group: 'Session',
    title: 'Sign out everywhere',
    summary: 'Ends every session of this user, on every device.',
    method: 'POST',
    path: '/auth/sign-out',
    bearer: true,
    fields: [],
    body: () => ({ everywhere: true }),
    done: (_body, session) => `Signed out everywhere. ${deletedNote(session)}`,
    next: 'profile',
    onSuccess: (_body, session) => session.signOut(),
  },
  {
    id: 'sessions',
    group: 'Session',
    title: 'Where am I signed in?',
    summary: 'Lists the active sessions of this user.',
    method: 'GET',
    path: '/auth/sessions',
    send: 'List them',
    bearer: true,
    fields: [],
    done: () => 'These are the sessions of the user.',
    next: 'revoke-session',
  },
  {
    id: 'revoke-session',
    group: 'Session',
    title: 'End another session',
    summary: 'Revokes another session of this user.',
    method: 'DELETE',
    path: '/auth/sessions/{id}',
    bearer: true,
    fields: [{ name: 'id', label: 'Session', type: 'text', hint: 'The id from the list.' }],
    done: () => 'The session is revoked.',
    next: 'sessions',
  },
  {
    id: 'step-up',
    group: 'Session',
    title: 'Step up',
    summary: 'Signs the same user in again, for a route that requires a recent sign-in.',
    method: 'POST',
    path: '/auth/step-up',
    bearer: true,
    fields: [password('password', 'Password', 'current-password')],
    done: signInDone,
    next: 'delete-me',
    onSuccess: signInStep,
  },
  {
    id: 'me',
    group: 'Profile',
    title: 'Read my profile',
    summary: 'Reads the signed-in user from the user pool.',
    method: 'GET',
    path: '/auth/me',
    send: 'Read it',
    bearer: true,
    fields: [],
    done: () => 'This is what the user pool knows about the user.',
  },
  {
    id: 'update-me',
    group: 'Profile',
    title: 'Change my profile',
    summary: 'Changes attributes. A new address receives a verification code.',
    method: 'PATCH',
    path: '/auth/me',
    bearer: true,
    fields: [
      { name: 'attributes.name', label: 'Name', type: 'text', autocomplete: 'name', optional: true },
      { name: 'attributes.email', label: 'New e-mail address', type: 'email', optional: true },
    ],
    done: (body) =>
      body.codesSentTo ? 'Changed. A code went to the new address.' : 'The profile is changed.',
    next: 'verify-attribute',
  },
  {
    id: 'send-attribute-code',
    group: 'Profile',
    title: 'Send a code to an address',
    summary: 'Sends a code to verify the e-mail address or phone number of the profile.',
    sendsCode: true,
    method: 'POST',
    path: '/auth/me/attributes/{name}/code',
    bearer: true,
    fields: [attributeName('email or phone_number.')],
    done: () => 'A code is on its way.',
    next: 'verify-attribute',
  },
  {
    id: 'verify-attribute',
    group: 'Profile',
    title: 'Verify an address',
    summary: 'Verifies the address with the code from the message.',
    method: 'POST',
    path: '/auth/me/attributes/{name}/verify',
    bearer: true,
    fields: [attributeName('email or phone_number.'), code()],
    done: () => 'The address is verified.',
    next: 'me',
  },
  {
    id: 'delete-attribute',
    group: 'Profile',
    title: 'Delete an attribute',
    summary: 'Deletes an attribute from the profile.',
    method: 'DELETE',
    path: '/auth/me/attributes/{name}',
    bearer: true,
    fields: [attributeName('For example name or nickname.')],
    done: () => 'The attribute is deleted.',
    next: 'me',
  },
  {
    id: 'auth-factors',
    group: 'Profile',
    title: 'Ways to sign in',
    summary: 'Lists the factors that this user can sign in with.',
    method: 'GET',
    path: '/auth/me/auth-factors',
    send: 'Read them',
    bearer: true,
    fields: [],
    done: () => 'These are the ways to sign in that the user pool knows of.',
  },
  {
    id: 'delete-me',
    group: 'Profile',
    title: 'Delete my account',
    summary: 'Deletes the account permanently. Requires a sign-in within the last five minutes.',
    method: 'DELETE',
    path: '/auth/me',
    bearer: true,
    fields: [],
    done: (_body, session) => `The account is deleted. ${deletedNote(session)}`,
    onSuccess: (_body, session) => session.signOut(),
  },
  {
    id: 'start-totp',
    group: 'MFA',
    title: 'Set up an authenticator app',
    summary: 'Responds with a secret for the app, and a URI for the QR code that the console draws.',
    method: 'POST',
    path: '/auth/mfa/totp',
    send: 'Get a secret',
    bearer: true,
    fields: [
      {
        name: 'accountName',
        label: 'Name in the app',
        type: 'text',
        optional: true,
        hint: 'Default: your e-mail address.',
      },
    ],
    body: (values, session) => duringSetUp({ ...accountOf(session), ...values }, session),
    done: () => 'Scan the code with an authenticator app, then verify with the digits that it shows.',
    onSuccess(body, session) {
      nextSession(body, session);
      session.setUpAuthenticator(body);
    },
    next: 'verify-totp',
    goesOn: true,
    answersChallenge: false,
  },
  {
    id: 'verify-totp',
    group: 'MFA',
    title: 'Verify the app',
    summary: 'Proves that the app has the secret.',
    method: 'POST',
    path: '/auth/mfa/totp/verify',
    bearer: true,
    fields: [code('confirmationCode', 'Authenticator code')],
    picture: authenticatorSetUp,
    body: duringSetUp,
    done: (_body, session) =>
      session.challenge
        ? 'The app is verified. Now answer the question without an address.'
        : 'The app is verified. Now enable it.',
    onSuccess(body, session) {
      session.setUpAuthenticator(undefined);
      nextSession(body, session);
    },
    next: 'enable-totp',
  },
  {
    id: 'enable-totp',
    group: 'MFA',
    title: 'Ask for a code at sign-in',
    summary: 'Makes the authenticator app the second factor of this user.',
    method: 'PUT',
    path: '/auth/mfa/preference',
    bearer: true,
    fields: [],
    body: () => ({ totp: { enabled: true, preferred: true } }),
    done: () => 'The next sign-in asks for a code of the app.',
    next: 'sign-in',
  },
  {
    id: 'disable-totp',
    group: 'MFA',
    title: 'Ask for no code',
    summary: 'Disables the authenticator app.',
    method: 'PUT',
    path: '/auth/mfa/preference',
    bearer: true,
    fields: [],
    body: () => ({ totp: { enabled: false } }),
    done: () => 'The next sign-in asks for the password alone.',
    next: 'sign-in',
  },
  {
    id: 'auth-event-feedback',
    group: 'Security',
    title: 'Was that you?',
    summary: 'Gives feedback on a risky sign-in, with the token from the warning. Needs no session.',
    method: 'POST',
    path: '/auth/auth-events/{id}/feedback',
    send: 'Answer',
    fields: [
      { name: 'id', label: 'Event', type: 'text', hint: 'The event id of the message.' },
      { name: 'username', label: 'User name', type: 'text', hint: 'The user name of the message.' },
      { name: 'feedbackToken', label: 'Feedback token', type: 'text' },
      { name: 'feedback', label: 'Answer', type: 'text', hint: 'valid if it was you, else invalid.' },
    ],
    done: () => 'The user pool has recorded the feedback.',
  },
  {
    id: 'confirm-device',
    group: 'Devices',
    title: 'Remember this device',
    summary: 'Replaces the second factor from the next sign-in on. Needs a user pool that tracks devices.',
    method: 'POST',
    path: '/auth/devices',
    bearer: true,
    fields: [{ name: 'deviceName', label: 'Name of the device', type: 'text', optional: true }],
    note: (session) =>
      session.newDevice
        ? 'Sends the new device of this sign-in.'
        : 'The sign-in returned no new device. The user pool knows this device or tracks none.',
    body: (values, session) => ({ ...values, ...session.newDevice, remember: true }),
    done: (_body, session) =>
      `The device is remembered. ${session.inCookies ? 'The browser sends its secret in a cookie' : 'The console keeps its secret, and sends it'} with every sign-in.`,
    next: 'devices',
    onSuccess: (body, session) => session.rememberDevice(body.device),
  },
  {
    id: 'devices',
    group: 'Devices',
    title: 'My devices',
    summary: 'Lists the remembered devices of this user.',
    method: 'GET',
    path: '/auth/devices',
    send: 'List them',
    bearer: true,
    fields: [],
    done: () => 'These are the devices of the user.',
    next: 'forget-device',
  },
  {
    id: 'device',
    group: 'Devices',
    title: 'One device',
    summary: 'Reads a device, remembered or not.',
    method: 'GET',
    path: '/auth/devices/{key}',
    send: 'Read it',
    bearer: true,
    fields: [deviceKey],
    done: () => 'This is the device.',
  },
  {
    id: 'update-device',
    group: 'Devices',
    title: 'Trust a device no longer',
    summary: 'The device stays known, but its sign-ins need the second factor.',
    method: 'PATCH',
    path: '/auth/devices/{key}',
    bearer: true,
    fields: [deviceKey],
    body: () => ({ remembered: false }),
    done: () => 'The device is no longer remembered.',
    next: 'devices',
  },
  {
    id: 'forget-device',
    group: 'Devices',
    title: 'Forget a device',
    summary: 'Removes the device, which can then no longer refresh its session.',
    method: 'DELETE',
    path: '/auth/devices/{key}',
    bearer: true,
    fields: [deviceKey],
    done: () => 'The device is forgotten.',
    next: 'devices',
    onSuccess: (_body, session, values) => {
      if (values.key === session.device?.deviceKey) session.forgetDevice();
    },
  },
  {
    id: 'sign-in-with-passkey',
    group: 'Passkeys',
    title: 'Sign in with a passkey',
    summary: 'Responds with the challenge WEB_AUTHN, which the browser answers.',
    method: 'POST',
    path: '/auth/sign-in',
    startsSession: true,
    fields: [identifier('username webauthn')],
    notice: passkeyNotice,
    body: (values) => ({ ...values, preferredChallenge: 'WEB_AUTHN' }),
    done: signInDone,
    next: 'profile',
    onSuccess: signInStep,
  },
  {
    id: 'add-passkey',
    group: 'Passkeys',
    title: 'Add a passkey',
    summary: 'Requests options, creates a passkey in the browser, and adds it to the account.',
    method: 'POST',
    path: '/auth/passkeys',
    bearer: true,
    fields: [],
    notice: passkeyNotice,
    prepare: makePasskey,
    done: () => 'The passkey is added.',
    next: 'passkeys',
  },
  {
    id: 'passkey-options',
    group: 'Passkeys',
    title: 'Passkey options',
    summary: 'Only the first step: the options for creating a passkey.',
    method: 'POST',
    path: '/auth/passkeys/options',
    send: 'Ask for them',
    bearer: true,
    fields: [],
    done: () => 'These are the options. They are valid for one passkey and a few minutes.',
    next: 'add-passkey',
  },
  {
    id: 'passkeys',
    group: 'Passkeys',
    title: 'My passkeys',
    summary: 'Lists the passkeys of this user.',
    method: 'GET',
    path: '/auth/passkeys',
    send: 'List them',
    bearer: true,
    fields: [],
    done: (body) =>
      body.passkeys.length === 0 ? 'There are no passkeys.' : 'These are the passkeys of the user.',
    next: 'delete-passkey',
  },
  {
    id: 'delete-passkey',
    group: 'Passkeys',
    title: 'Delete a passkey',
    summary: 'The passkey becomes invalid, but the browser may still offer it.',
    method: 'DELETE',
    path: '/auth/passkeys/{id}',
    bearer: true,
    fields: [{ name: 'id', label: 'Passkey', type: 'text', hint: 'The id from the list.' }],
    done: () => 'The passkey is deleted.',
    next: 'passkeys',
  },
  {
    id: 'profile',
    group: 'Your routes',
    title: 'A protected route',
    send: 'Call the route',
    summary: 'A route of the example app behind requireAuth(). Every signed-in user can call it.',
    method: 'GET',
    path: '/api/profile',
    bearer: true,
    fields: [],
    done: () => 'The route let you in and knows who you are.',
    next: 'admin',
  },
  {
    id: 'admin',
    group: 'Your routes',
    title: 'An admin route',
    send: 'Call the route',
    summary: "A route behind requireAuth({ groups: 'admin' }). Only members of the group admin can call it.",
    method: 'GET',
    path: '/api/admin',
    bearer: true,
    fields: [],
    done: () => 'The route let you in as a member of the group admin.',
  },
  {
    id: 'health',
    group: 'Service',
    title: 'Health',
    send: 'Check it',
    summary: 'Reports that the router is up, for load balancers.',
    method: 'GET',
    path: '/auth/health',
    fields: [],
    done: () => 'The router is up.',
  },
  {
    id: 'openapi',
    group: 'Service',
    title: 'OpenAPI document',
    send: 'Read it',
    summary: 'Describes the API as OpenAPI 3.1, generated from the endpoint table.',
    method: 'GET',
    path: '/auth/openapi.json',
    fields: [],
    done: () => 'The document describes every endpoint that is mounted.',
  },
];

/** The challenges that the console can answer: texts and fields by name. */
export const CHALLENGES = {
  NEW_PASSWORD_REQUIRED: {
    title: 'Choose a new password',
    summary: 'An administrator created this account with a temporary password.',
    fields: (parameters) => [newPassword(), ...requiredAttributes(parameters)],
  },
  SMS_MFA: {
    title: 'Enter the code from the SMS',
    summary: 'This account needs a second factor. A code was sent to its phone.',
    fields: () => [code()],
  },
  EMAIL_OTP: {
    title: 'Enter the code from the e-mail',
    summary: 'A code was sent to the e-mail address of the account.',
    fields: () => [code()],
  },
  SMS_OTP: {
    title: 'Enter the code from the SMS',
    summary: 'A code was sent to the phone number of the account. No password is needed.',
    fields: () => [code()],
  },
  SELECT_CHALLENGE: {
    title: 'Choose how to sign in',
    summary: 'This account has several first factors.',
    fields: (parameters) => [
      {
        name: 'challenge',
        label: 'Way to sign in',
        type: 'text',
        hint: `One of ${list(parameters?.availableChallenges)}.`,
      },
      {
        ...password('password', 'Password', 'current-password'),
        hint: 'For PASSWORD and PASSWORD_SRP.',
        optional: true,
      },
    ],
  },
  PASSWORD: {
    title: 'Enter the password',
    summary: 'The server sends it to the user pool.',
    fields: () => [password('password', 'Password', 'current-password')],
  },
  PASSWORD_SRP: {
    title: 'Enter the password',
    summary: 'The server proves it to the user pool with SRP, without sending it.',
    fields: () => [password('password', 'Password', 'current-password')],
  },
  WEB_AUTHN: {
    title: 'Use your passkey',
    summary: 'The browser prompts for the passkey, and this page sends its signature.',
    fields: () => [],
    notice: passkeyNotice,
    prepare: usePasskey,
  },
  SELECT_MFA_TYPE: {
    title: 'Choose a second factor',
    summary: 'This account has several second factors, and none is preferred.',
    fields: (parameters) => [
      {
        name: 'mfaType',
        label: 'Second factor',
        type: 'text',
        hint: `One of ${list(parameters?.mfaTypes)}.`,
      },
    ],
  },
  MFA_SETUP: {
    title: 'Set a second factor up',
    summary:
      'The user pool requires a second factor: an authenticator app, or codes by e-mail. This account has none yet.',
    first: {
      href: '#start-totp',
      title: 'Set up an authenticator app',
      after: 'and return here, or enter an address.',
    },
    fields: () => [
      {
        ...IDENTIFIERS.email,
        label: 'E-mail address for the codes',
        autocomplete: 'email',
        optional: true,
        hint: 'Leave empty if an authenticator app is verified.',
      },
    ],
  },
  DEVICE_SRP_AUTH: {
    title: 'Prove the device',
    summary:
      'The user pool remembers this device. The server proves it with the secret that the console keeps.',
    fields: () => [],
  },
  SOFTWARE_TOKEN_MFA: {
    title: 'Enter the code of your authenticator app',
    summary: 'This account needs a second factor: six digits that change every 30 seconds.',
    fields: () => [code('confirmationCode', 'Authenticator code')],
  },
  CUSTOM_CHALLENGE: {
    title: 'Answer the custom challenge',
    summary: 'The triggers of the user pool created this challenge.',
    fields: (parameters) => [{ name: 'answer', label: 'Answer', type: 'text', hint: told(parameters) }],
  },
};

/** Without an access token, the session of the sign-in identifies the user. */
function duringSetUp(values, { challenge }) {
  return challenge?.name === 'MFA_SETUP' ? { ...values, session: challenge.session } : values;
}

/** Names the account in the app, where the user name may be an id. */
function accountOf({ tokens, user, challenge }) {
  const accountName = user?.name ?? decode(tokens?.idToken ?? '')?.payload.email ?? challenge?.account;
  return accountName ? { accountName } : {};
}

function nextSession({ session: next }, session) {
  if (next && session.challenge) session.meet({ ...session.challenge, session: next });
}

function list(values) {
  return Array.isArray(values) ? values.join(', ') : '';
}

/** The public parameters of a custom challenge. */
function told(parameters) {
  return Object.entries(parameters ?? {})
    .map(([name, value]) => `${name}: ${value}`)
    .join(', ');
}

function requiredAttributes(parameters) {
  const names = Array.isArray(parameters?.requiredAttributes) ? parameters.requiredAttributes : [];
  return names.map((name) => ({ name: `attributes.${name}`, label: sentence(name), type: 'text' }));
}

/** given_name -> Given name */
function sentence(name) {
  const words = name.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Adds the remembered device to a body, if there is one. */
function onDevice(body, { device }) {
  return device ? { ...body, device } : body;
}

/** What to say of a confirmation that does not sign in, by its status. */
const CONFIRMED = {
  confirmed: 'The account is confirmed. Now sign in.',
  password_reset_required:
    'The account is confirmed, but another client may have chosen the password. Now reset it.',
};

function signUpDone(body) {
  return body.status === 'confirmed'
    ? 'The account is ready to sign in.'
    : 'A confirmation code is on its way.';
}

function signInStep(body, session, values = {}) {
  if (body.deviceRefused) session.forgetDevice();
  const account = values.email ?? values.phoneNumber ?? values.username ?? session.challenge?.account;
  if (body.status === 'challenge') session.meet({ ...body.challenge, account });
  else session.signIn(body);
}

function newSessionOf({ challenge, tokens, user }) {
  if (challenge) return `The new session requires a challenge first: ${challenge.name}.`;
  return (tokens ?? user) ? 'You have a new one.' : 'Sign in again.';
}

function signInDone(body) {
  return body.status === 'challenge'
    ? `The user pool requires a challenge first: ${body.challenge.name}.`
    : `Signed in. The tokens are in ${body.tokens ? 'the session panel' : 'cookies, inaccessible to scripts'}.`;
}

function refreshTokenNote({ inCookies, isSignedIn, tokens }) {
  if (inCookies && isSignedIn) return 'The browser sends the refresh token of this session in a cookie.';
  return tokens?.refreshToken
    ? 'Sends the refresh token of this session.'
    : 'There is no refresh token. Sign in first.';
}

function deletedNote({ inCookies }) {
  return inCookies ? 'The cookies are deleted.' : 'The console has deleted the tokens.';
}
