import { mountTransport } from './cookie-session.js';
import { mountDoctor } from './doctor.js';
import { byId, clock, el } from './dom.js';
import { operationPanel } from './forms.js';
import { mountInbox } from './inbox.js';
import { arrive, mountManagedLogin } from './managed-login.js';
import { mountMySessions } from './my-sessions.js';
import { CHALLENGES, GROUPS, IDENTIFIERS, OPERATIONS } from './operations.js';
import { Unprepared } from './passkeys.js';
import { mountRequests } from './requests.js';
import { send } from './send.js';
import { session } from './session.js';
import { mountSession } from './session-panel.js';

/** The first steps. `by` is the operation whose success completes a step. */
const STEPS = [
  { href: '#sign-up', title: 'Sign up', by: 'sign-up' },
  { href: '#inbox', title: 'Read the code', by: 'inbox' },
  { href: '#confirm-sign-up', title: 'Confirm', by: 'confirm-sign-up' },
  { href: '#sign-in', title: 'Sign in', by: 'sign-in' },
  { href: '#profile', title: 'Call the protected route', by: 'profile' },
];

const panels = new Map();
let current;
let stepsDone = 0;
let sending = false;
let hasInbox = false;

await start();

async function start() {
  const config = await readConfig();
  if (!config) return;
  const trouble = arrive();
  showConnection(config);
  mountSession();
  mountManagedLogin(config);
  mountMySessions();
  mountRequests();
  mountDoctor(config);
  for (const row of OPERATIONS) {
    const panel = operationPanel(row, { ...config, onSend: (values) => run(row, values) });
    panels.set(row.id, panel);
    byId('forms').append(panel.panel);
  }
  showMenu();
  hasInbox = config.mode === 'local';
  await mountInbox({ available: hasInbox, member: config.signInWith, onUse: useCode });
  await mountTransport(config);
  if (session.isSignedIn) complete('sign-in');
  showSteps();
  addEventListener('hashchange', () => visit(location.hash.slice(1)));
  show(panels.has(location.hash.slice(1)) ? location.hash.slice(1) : OPERATIONS[0].id);
  if (trouble) byId('outcome').replaceChildren(el('p', { class: 'bad' }, trouble));
  document.documentElement.dataset.ready = 'true';
}

async function readConfig() {
  try {
    const config = await (await fetch('/console.json', { cache: 'no-store' })).json();
    if (!IDENTIFIERS[config.signInWith]) throw new Error(`no form for ${config.signInWith}`);
    return config;
  } catch {
    document.documentElement.dataset.failed = 'true';
    byId('outcome').replaceChildren(
      el('p', { class: 'notice' }, 'The server did not return its user pool. Is it still running?'),
    );
    return;
  }
}

function showConnection({ mode, userPoolId, clientId }) {
  const rows = [
    ['Pool', mode === 'local' ? 'Local, in this process' : 'Amazon Cognito'],
    ['Id', userPoolId],
    ['App client', clientId],
  ];
  byId('connection').append(
    ...rows.map(([term, value]) => el('div', {}, el('dt', {}, term), el('dd', {}, value))),
  );
}

/* The menu */

function showMenu() {
  byId('operations').append(
    ...GROUPS.map((group) => {
      const id = `group-${group.toLowerCase().replaceAll(' ', '-')}`;
      return el(
        'div',
        { class: 'group' },
        el('p', { id, class: 'group-title' }, group),
        el(
          'ul',
          { 'aria-labelledby': id },
          OPERATIONS.filter((row) => row.group === group).map((row) =>
            el('li', {}, el('a', { href: `#${row.id}` }, row.title)),
          ),
          group === 'Service' && el('li', {}, el('a', { href: '#doctor' }, 'Doctor')),
        ),
      );
    }),
  );
  // Choosing the open operation again fires no hashchange.
  byId('operations').addEventListener('click', ({ target }) => {
    if (!(target instanceof HTMLAnchorElement)) return;
    visit(target.hash.slice(1));
    fold();
  });
  const wide = matchMedia('(min-width: 62rem)');
  const fold = () => {
    byId('operations-menu').open = wide.matches;
  };
  wide.addEventListener('change', fold);
  fold();
}

function visit(id) {
  if (!panels.has(id)) return;
  show(id);
  byId(`${id}-title`).focus();
}

function show(id) {
  if (current !== id) byId('outcome').replaceChildren();
  current = id;
  for (const [name, { panel }] of panels) panel.hidden = name !== id;
  for (const link of byId('operations').querySelectorAll('a')) {
    if (link.hash === `#${id}`) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  document.title = `${panels.get(id).row.title} · Auth console · express-cognito-kit`;
}

function go(id) {
  history.pushState(null, '', `#${id}`);
  show(id);
}

/* Sending */

async function run(row, values) {
  if (sending) return;
  sending = true;
  const { panel } = panels.get(row.id);
  panel.setAttribute('aria-busy', 'true');
  try {
    const token = row.bearer ? session.tokens?.accessToken : undefined;
    const prepared = await prepare(row, values, token);
    if (!prepared) return;
    const cookies = session.inCookies || row.setsCookies === true;
    const response = await send({ method: row.method, ...target(row, prepared), token, cookies });
    if (response.ok) succeeded(row, response, values);
    else refused(row, response);
  } finally {
    panel.removeAttribute('aria-busy');
    sending = false;
  }
}

/** Returns the values to send after the browser's work; undefined if the browser or the server refused. */
async function prepare(row, values, token) {
  const work = row.challenge ? CHALLENGES[session.challenge?.name]?.prepare : row.prepare;
  if (!work) return values;
  byId('outcome').replaceChildren(el('p', { class: 'good' }, 'Continue in the browser’s prompt.'));
  const request = async (method, path) => {
    const response = await send({ method, path, token, cookies: session.inCookies });
    if (!response.ok) throw new Unprepared('The server refused the request.', { cause: response });
    return response.body;
  };
  try {
    return await work(values, { session, request });
  } catch (error) {
    if (!(error instanceof Unprepared)) throw error;
    if (error.cause) refused(row, error.cause);
    else byId('outcome').replaceChildren(el('p', { class: 'bad' }, error.message));
    return;
  }
}

/** Fills in the path's parameters. The other values are the body. */
function target(row, values) {
  const rest = { ...values };
  const path = row.path.replace(/\{(\w+)\}/g, (_all, name) => {
    const value = encodeURIComponent(rest[name] ?? '');
    delete rest[name];
    return value;
  });
  const body = row.body?.(rest, session) ?? (Object.keys(rest).length > 0 ? rest : undefined);
  // The transport is chosen once, at the start of the session.
  return { path, body: row.startsSession && session.inCookies ? { ...body, transport: 'cookie' } : body };
}

function succeeded(row, response, values) {
  panels.get(row.id).forgetSecrets();
  row.onSuccess?.(response.body, session, values);
  // A sign-in with an open challenge is none yet, and any operation may complete one.
  if (session.isSignedIn) complete('sign-in');
  if (row.id !== 'sign-in') complete(row.id);
  const asked = session.challenge && row.onSuccess && row.answersChallenge !== false;
  if (asked) {
    if (current !== 'challenge') go('challenge');
    panels.get('challenge').focusFirstGap();
  }
  const goesOn = !asked && row.goesOn;
  if (goesOn) {
    go(row.next);
    panels.get(row.next).focusFirstGap();
  }
  const next = asked || goesOn ? undefined : panels.get(row.next)?.row;
  byId('outcome').replaceChildren(
    el(
      'p',
      { class: 'good' },
      el('strong', {}, `${response.status} `),
      row.done?.(response.body, session) ?? 'Done.',
    ),
    next ? el('p', {}, 'Next: ', ...nextLinks(row, next)) : '',
  );
}

function nextLinks(row, next) {
  const link = el('a', { href: `#${next.id}` }, next.title);
  return row.sendsCode && hasInbox
    ? [el('a', { href: '#inbox' }, 'Read the code in the inbox'), ', then ', link]
    : [link];
}

function refused(row, { status, statusText, headers, body, text }) {
  const homeless = panels.get(row.id).showErrors(body?.errors ?? []);
  const title = body?.title ?? statusText;
  const wait = Number(headers.find(([name]) => name === 'retry-after')?.[1]);
  byId('outcome').replaceChildren(
    el(
      'p',
      { class: 'bad' },
      el('strong', {}, status ? `${status} ${title}. ` : `${title}. `),
      body?.detail ?? body?.message ?? text ?? '',
    ),
    wait > 0 ? el('p', {}, `Retry after ${clock(wait)} (minutes and seconds).`) : '',
    homeless.length > 0
      ? el(
          'ul',
          {},
          homeless.map((error) => el('li', {}, el('code', {}, error.path || 'body'), ' ', error.message)),
        )
      : '',
  );
}

function useCode(operation, values) {
  complete('inbox');
  go(operation);
  const target = panels.get(operation);
  target.fill(values);
  target.focusFirstGap();
}

/* The first steps */

function complete(by) {
  const index = STEPS.findIndex((step) => step.by === by);
  // A sign-in to an existing account completes the earlier steps.
  if (index >= stepsDone) stepsDone = index + 1;
  showSteps();
}

function showSteps() {
  byId('path').replaceChildren(
    ...STEPS.map((step, index) =>
      el(
        'li',
        { class: index < stepsDone ? 'done' : index === stepsDone ? 'now' : undefined },
        el(
          'a',
          { href: step.href, 'aria-current': index === stepsDone ? 'step' : undefined },
          el(
            'span',
            { class: 'step-number', 'aria-hidden': 'true' },
            index < stepsDone ? '✓' : String(index + 1),
          ),
          el('span', {}, step.title),
          index < stepsDone && el('span', { class: 'visually-hidden' }, ' (done)'),
        ),
      ),
    ),
  );
}
