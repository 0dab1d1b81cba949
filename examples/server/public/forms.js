import { el } from './dom.js';
import { CHALLENGES, IDENTIFIERS } from './operations.js';
import { session } from './session.js';

/** The sign-in name, shared by all forms: { email: 'ada@example.com' }. */
const identity = {};

/**
 * The panel of one operation. `onSend(values)` is called on submit. `showErrors` shows a problem's
 * `errors` at their fields and returns those without a field.
 */
export function operationPanel(row, { mode, signInWith, users, onSend }) {
  const form = el('form', { novalidate: true, autocomplete: 'on' });
  const panel = el(
    'section',
    { id: `operation-${row.id}`, class: 'operation', 'aria-labelledby': `${row.id}-title`, hidden: true },
    el(
      'p',
      { class: 'endpoint' },
      el('span', { class: 'method' }, row.method),
      ' ',
      el('span', { class: 'target' }, row.path),
    ),
    el('h2', { id: `${row.id}-title`, tabindex: '-1' }, row.title),
    el('p', { class: 'summary' }, row.summary),
    row.demoUsers && users.length > 0 && demoUserList(users, fill),
    form,
  );
  let fields = [];

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    showErrors([]);
    onSend(valuesOf(fields));
  });

  if (row.challenge || row.note || row.bearer) session.addEventListener('change', build);
  build();

  function build() {
    const challenge = row.challenge ? session.challenge : undefined;
    if (row.challenge && !challenge) {
      fields = [];
      form.replaceChildren(
        el(
          'p',
          { class: 'note' },
          'No challenge is open. ',
          el('a', { href: '#sign-in' }, 'Sign in'),
          ' to meet one.',
        ),
      );
      return;
    }
    const known = challenge ? CHALLENGES[challenge.name] : row;
    const wanted = challenge ? (known?.fields(challenge.parameters) ?? []) : row.fields;
    const kept = challenge ? {} : valuesByName(fields);
    fields = wanted.map((spec) => fieldOf(row.id, spec, signInWith));
    form.replaceChildren(
      ...[
        challenge && challengeHead(challenge, known),
        row.picture?.(session, { hasInbox: mode === 'local' }),
        fields.length > 0 &&
          el(
            'fieldset',
            {},
            el('legend', { class: 'visually-hidden' }, known.title),
            ...fields.map((field) => field.box),
          ),
        (known?.notice ?? row.notice)?.(row.id),
        noteOf(row),
        (!challenge || known) && el('button', { type: 'submit', class: 'send' }, row.send ?? row.title),
      ].filter(Boolean),
    );
    fill(kept);
  }

  function fill(values) {
    for (const field of fields) {
      if (values[field.name] !== undefined) field.input.value = values[field.name];
      if (field.identifier && values[field.name] !== undefined) remember(field);
    }
  }

  function showErrors(errors) {
    const homeless = [];
    for (const field of fields) field.clearError();
    for (const error of errors) {
      const name = error.path.split('/').slice(1).join('.');
      const field = fields.find((candidate) => candidate.name === name);
      if (field) field.showError(error.message);
      else homeless.push(error);
    }
    fields.find((field) => field.input.getAttribute('aria-invalid') === 'true')?.input.focus();
    return homeless;
  }

  function forgetSecrets() {
    for (const field of fields) if (field.secret) field.hideAndClear();
  }

  function focusFirstGap() {
    const gap = fields.find((field) => field.input.value === '' && !field.optional);
    (gap?.input ?? form.querySelector('button[type=submit]') ?? panel.querySelector('h2')).focus();
  }

  return { row, panel, fill, showErrors, forgetSecrets, focusFirstGap };
}

function noteOf(row) {
  const text = row.bearer ? tokenNote(row) : row.note?.(session);
  return text && el('p', { class: 'note' }, text);
}

function tokenNote(row) {
  if (session.challenge?.name === 'MFA_SETUP' && ['start-totp', 'verify-totp'].includes(row.id))
    return 'The session of the sign-in identifies you: it has no access token yet.';
  if (!session.isSignedIn)
    return 'There is no access token yet. The request shows how the server refuses it.';
  return session.inCookies
    ? 'The browser sends the access token in a cookie.'
    : 'Sends the access token of this session.';
}

function challengeHead(challenge, known) {
  return el(
    'div',
    { class: 'challenge' },
    el('p', { class: 'endpoint' }, el('span', { class: 'method' }, challenge.name)),
    el('h3', {}, known?.title ?? 'Unknown challenge'),
    el('p', {}, known?.summary ?? 'The router supports it, but this console has no form for it.'),
    known?.first &&
      el('p', {}, el('a', { href: known.first.href }, known.first.title), ` ${known.first.after}`),
  );
}

function demoUserList(users, fill) {
  return el(
    'div',
    { class: 'demo' },
    el('h3', {}, 'Accounts to try'),
    el(
      'ul',
      {},
      users.map((user) =>
        el(
          'li',
          {},
          el(
            'button',
            { type: 'button', class: 'plain', onclick: (event) => takeDemoUser(event, user, fill) },
            'Fill in ',
            el('span', { class: 'who' }, user.email),
          ),
          el('span', { class: 'quiet' }, user.about),
          el('code', {}, user.password),
        ),
      ),
    ),
  );
}

function takeDemoUser(event, user, fill) {
  fill({ email: user.email, password: user.password });
  event.currentTarget.closest('section').querySelector('button[type=submit]').focus();
}

/** Creates a label, an input, its hint and its error. */
function fieldOf(prefix, given, signInWith) {
  const spec = given.identifier ? { ...IDENTIFIERS[signInWith], ...given } : given;
  const id = `${prefix}-${spec.name.replaceAll('.', '-')}`;
  const hint = spec.hint && el('p', { id: `${id}-hint`, class: 'hint' }, spec.hint);
  const error = el('p', { id: `${id}-error`, class: 'field-error', hidden: true });
  const input = el('input', {
    id,
    name: spec.name,
    type: spec.type,
    autocomplete: spec.autocomplete ?? 'off',
    inputmode: spec.inputmode,
    required: !spec.optional,
    spellcheck: 'false',
    autocapitalize: 'none',
    class: spec.code ? 'code-input' : undefined,
    'aria-describedby': hint ? hint.id : undefined,
  });
  const toggle = spec.type === 'password' && showToggle(input, spec.label);
  const field = {
    name: spec.name,
    input,
    optional: spec.optional,
    identifier: spec.identifier,
    secret: spec.type === 'password' || spec.code,
    box: el(
      'div',
      { class: 'field' },
      el('label', { for: id }, spec.label, spec.optional && el('span', { class: 'quiet' }, ' (optional)')),
      el('div', { class: 'control' }, input, toggle),
      hint,
      error,
    ),
    showError(message) {
      error.textContent = message;
      error.hidden = false;
      input.setAttribute('aria-invalid', 'true');
      input.setAttribute('aria-describedby', [hint?.id, error.id].filter(Boolean).join(' '));
    },
    clearError() {
      error.hidden = true;
      input.removeAttribute('aria-invalid');
      if (hint) input.setAttribute('aria-describedby', hint.id);
      else input.removeAttribute('aria-describedby');
    },
    hideAndClear() {
      input.value = '';
      if (toggle && input.type === 'text') toggle.click();
    },
  };
  if (spec.identifier) {
    input.value = identity[spec.name] ?? '';
    input.addEventListener('input', () => remember(field));
  }
  return field;
}

function showToggle(input, label) {
  const toggle = el(
    'button',
    { type: 'button', class: 'toggle', 'aria-pressed': 'false', 'aria-label': `Show ${label.toLowerCase()}` },
    'Show',
  );
  toggle.addEventListener('click', () => {
    const visible = input.type === 'password';
    input.type = visible ? 'text' : 'password';
    toggle.setAttribute('aria-pressed', String(visible));
  });
  return toggle;
}

function remember({ name, input }) {
  identity[name] = input.value;
  for (const other of document.querySelectorAll(`#forms input[name="${name}"]`)) other.value = input.value;
}

function valuesByName(fields) {
  return Object.fromEntries(fields.map((field) => [field.name, field.input.value]));
}

/** Omits empty optional fields. Sends empty required ones, to show the server's response. */
function valuesOf(fields) {
  const body = {};
  for (const { name, input, optional } of fields) {
    if (input.value === '' && optional) continue;
    const [first, second] = name.split('.');
    if (second === undefined) body[first] = input.value;
    else body[first] = { ...body[first], [second]: input.value };
  }
  return body;
}
