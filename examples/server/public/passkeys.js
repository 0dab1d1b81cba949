import { el } from './dom.js';

/** What stands in the way before anything can be sent, in words for whoever pressed the button. */
export class Unprepared extends Error {}

/** Browsers let passkeys be used under a domain only, and an address is none. */
const ADDRESS = /^(\d+(\.\d+){3}|\[.*\])$/;

export function passkeyNotice(id) {
  if (!ADDRESS.test(location.hostname)) return;
  const url = new URL(location.href);
  url.hostname = 'localhost';
  url.hash = id;
  return el(
    'p',
    { class: 'notice' },
    `Passkeys belong to a domain, and this page was opened at ${location.hostname}. Open it at `,
    el('a', { href: url.href }, url.origin),
    ' to use them.',
  );
}

/** Asks the server for options and the browser for a passkey: the body of POST /passkeys. */
export async function makePasskey(_values, { request }) {
  checkPlace('parseCreationOptionsFromJSON');
  const { publicKey } = await request('POST', '/auth/passkeys/options');
  const options = PublicKeyCredential.parseCreationOptionsFromJSON(publicKey);
  const credential = await answerOf(() => navigator.credentials.create({ publicKey: options }));
  return { credential: credential.toJSON() };
}

/** Asks the browser for a proof of the passkey: the answer to the challenge WEB_AUTHN. */
export async function usePasskey(_values, { session }) {
  checkPlace('parseRequestOptionsFromJSON');
  const { publicKey } = session.challenge.parameters;
  const options = PublicKeyCredential.parseRequestOptionsFromJSON(publicKey);
  const credential = await answerOf(() => navigator.credentials.get({ publicKey: options }));
  return { credential: credential.toJSON() };
}

function checkPlace(needed) {
  if (ADDRESS.test(location.hostname)) {
    throw new Unprepared(`Passkeys do not work at ${location.hostname}: open this page at localhost.`);
  }
  if (!window.PublicKeyCredential?.[needed]) throw new Unprepared('This browser is too old for passkeys.');
}

const REASONS = {
  NotAllowedError: 'You, or the time that was left, ended it. Nothing has changed.',
  InvalidStateError: 'This device has a passkey of the account already.',
  SecurityError: 'This page is not on the domain that the passkeys of the user pool are for.',
};

async function answerOf(ask) {
  try {
    return await ask();
  } catch (error) {
    throw new Unprepared(`The browser gave no passkey. ${REASONS[error.name] ?? error.message}`);
  }
}
