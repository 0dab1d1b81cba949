import { el } from './dom.js';

/** A failure before the request, with a message for the user. */
export class Unprepared extends Error {}

/** Browsers allow passkeys for domains only, not for IP addresses. */
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

/** Creates a passkey with the server's options. Returns the body of POST /passkeys. */
export async function makePasskey(_values, { request }) {
  checkPlace('parseCreationOptionsFromJSON');
  const { publicKey } = await request('POST', '/auth/passkeys/options');
  const options = PublicKeyCredential.parseCreationOptionsFromJSON(publicKey);
  const credential = await answerOf(() => navigator.credentials.create({ publicKey: options }));
  return { credential: credential.toJSON() };
}

/** Signs with a passkey. Returns the answer to the challenge WEB_AUTHN. */
export async function usePasskey(_values, { session }) {
  checkPlace('parseRequestOptionsFromJSON');
  const { publicKey } = session.challenge.parameters;
  const options = PublicKeyCredential.parseRequestOptionsFromJSON(publicKey);
  const credential = await answerOf(() => navigator.credentials.get({ publicKey: options }));
  return { credential: credential.toJSON() };
}

function checkPlace(needed) {
  if (ADDRESS.test(location.hostname)) {
    throw new Unprepared(`Passkeys do not work at ${location.hostname}. Open this page at localhost.`);
  }
  if (!window.PublicKeyCredential?.[needed]) throw new Unprepared('This browser does not support passkeys.');
}

const REASONS = {
  NotAllowedError: 'The prompt was cancelled or timed out. Nothing has changed.',
  InvalidStateError: 'This device already has a passkey of the account.',
  SecurityError: 'This page is not on the domain of the user pool’s passkeys.',
};

async function answerOf(ask) {
  try {
    return await ask();
  } catch (error) {
    throw new Unprepared(`The browser returned no passkey. ${REASONS[error.name] ?? error.message}`);
  }
}
