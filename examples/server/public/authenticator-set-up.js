import { copyButton } from './copy-button.js';
import { el } from './dom.js';
import { qrCode } from './qr-code.js';

/** The secret of a new authenticator app, to scan or to type. Undefined outside of a set-up. */
export function authenticatorSetUp({ authenticatorSetUp: setUp }, { hasInbox }) {
  if (!setUp) return;
  const { secretCode, otpauthUri } = setUp;
  return el(
    'div',
    { class: 'set-up' },
    qrCode(otpauthUri, 'QR code for an authenticator app, with the key below'),
    el(
      'div',
      { class: 'set-up-key' },
      el('p', {}, 'Scan it with an authenticator app, or type the key into one:'),
      el('p', {}, el('code', {}, groupsOf(secretCode))),
      copyButton('the key', () => secretCode),
      hasInbox && el('p', { class: 'quiet' }, 'No phone at hand? The inbox shows the code of the app, too.'),
    ),
  );
}

/** Groups of four, as authenticator apps show keys. */
function groupsOf(key) {
  return (key.match(/.{1,4}/g) ?? []).join(' ');
}
