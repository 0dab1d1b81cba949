import { byId, clock, el } from './dom.js';

/** The view of each app, by the user and the state of the app. */
const shown = new Map();

/** Shows the codes of the users' authenticator apps, which count down by themselves. */
export function mountAuthenticators({ onUse }) {
  setInterval(() => {
    for (const view of shown.values()) view.tick();
  }, 1000);
  return { update: (apps) => update(apps, onUse) };
}

function update(apps, onUse) {
  const keyed = new Map(apps.map((app) => [`${app.userPoolId} ${app.username} ${app.verified}`, app]));
  for (const [key, view] of shown) {
    if (keyed.has(key)) continue;
    view.item.remove();
    shown.delete(key);
  }
  for (const [key, app] of keyed) {
    const view = shown.get(key) ?? viewOf(app, onUse);
    if (!shown.has(key)) byId('authenticator-list').prepend(view.item);
    shown.set(key, view);
    view.set(app);
  }
  byId('authenticators').hidden = shown.size === 0;
}

function viewOf({ account, verified }, onUse) {
  let current;
  let endsAt;
  const digits = el('span', { class: 'secret' });
  const left = el('span', { class: 'quiet' });
  const button = el(
    'button',
    {
      type: 'button',
      'aria-label': `Use this code of the ${verified ? '' : 'new '}authenticator app of ${account}`,
      onclick: () => onUse(verified ? 'challenge' : 'verify-totp', { confirmationCode: current.code }),
    },
    'Use this code',
  );
  const view = {
    item: el(
      'li',
      { class: 'message' },
      el('p', {}, el('span', { class: 'who' }, account), verified ? '' : ' (new, not verified)'),
      el('div', { class: 'slip' }, digits, button),
      left,
    ),
    set(app) {
      current = app;
      endsAt = performance.now() + app.secondsLeft * 1000;
      digits.textContent = app.code;
      view.tick();
    },
    tick() {
      const rest = clock(Math.ceil((endsAt - performance.now()) / 1000));
      // The pool accepts each code once.
      button.disabled = current.used;
      left.textContent = current.used ? `Used. The next code comes in ${rest}` : `Changes in ${rest}`;
    },
  };
  return view;
}
