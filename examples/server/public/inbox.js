import { mountAuthenticators } from './authenticators.js';
import { byId, el } from './dom.js';

/** Texts by kind of message, with the operation and the field of its code. */
const KINDS = {
  sign_in: {
    title: 'Your sign-in code',
    use: 'Use this code',
    operation: 'challenge',
    field: 'confirmationCode',
  },
  sign_up: {
    title: 'Confirm your account',
    use: 'Use this code',
    operation: 'confirm-sign-up',
    field: 'confirmationCode',
  },
  forgot_password: {
    title: 'Reset your password',
    use: 'Use this code',
    operation: 'confirm-forgot-password',
    field: 'confirmationCode',
  },
  verify_attribute: {
    title: 'Verify your address',
    use: 'Use this code',
    operation: 'verify-attribute',
    field: 'confirmationCode',
  },
  temporary_password: {
    title: 'Your temporary password',
    use: 'Use it',
    operation: 'sign-in',
    field: 'password',
  },
};
const UNKNOWN = { title: 'A message' };

const shown = new Set();

/**
 * Shows what the local pool has sent, as it sends it, and the codes of authenticator apps. `onUse(operation, values)` is called with the operation
 * that a code is for and with the values to fill in. Resolves when the first messages are there.
 */
export async function mountInbox({ available, member, onUse }) {
  const list = byId('inbox-messages');
  if (!available) {
    byId('inbox-state').textContent = '';
    list.replaceWith(
      el('p', { class: 'quiet' }, 'This server uses a real user pool. The codes arrive by e-mail or SMS.'),
    );
    return;
  }
  list.append(el('li', { class: 'empty quiet' }, 'No messages yet. Sign up, and the code arrives here.'));
  const authenticators = mountAuthenticators({ onUse });
  const events = new EventSource('/inbox/events');
  events.addEventListener('open', () => {
    byId('inbox-state').textContent = 'Live';
  });
  events.addEventListener('error', () => {
    byId('inbox-state').textContent = 'Reconnecting…';
  });
  events.addEventListener('message', (event) => {
    const { messages, authenticators: apps } = JSON.parse(event.data);
    for (const message of messages) if (!shown.has(message.id)) add(message);
    authenticators.update(apps);
  });
  await new Promise((resolve) => {
    for (const type of ['message', 'error']) events.addEventListener(type, resolve, { once: true });
  });

  function add(message) {
    const first = shown.size === 0;
    shown.add(message.id);
    if (first) list.replaceChildren();
    const { title, use, operation, field } = KINDS[message.kind] ?? UNKNOWN;
    list.prepend(
      el(
        'li',
        { class: 'message' },
        el('h3', {}, title),
        el(
          'p',
          { class: 'quiet' },
          `${message.medium === 'SMS' ? 'SMS' : 'E-mail'} to `,
          el('span', { class: 'who' }, message.to),
          ' at ',
          el(
            'time',
            { datetime: message.sentAt },
            new Date(message.sentAt).toLocaleTimeString([], { timeStyle: 'short' }),
          ),
        ),
        el(
          'div',
          { class: 'slip' },
          el('span', { class: message.code.length > 8 ? 'secret long' : 'secret' }, message.code),
          operation &&
            el(
              'button',
              {
                type: 'button',
                'aria-label': `${use}: ${message.code}, for ${message.to}`,
                onclick: () => onUse(operation, { [member]: message.to, [field]: message.code }),
              },
              use,
            ),
        ),
      ),
    );
    byId('inbox-news').textContent = `New message for ${message.to}: ${title}`;
  }
}
