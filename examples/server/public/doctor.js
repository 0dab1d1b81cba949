import { copyButton } from './copy-button.js';
import { byId, el } from './dom.js';
import { request } from './send.js';

const TITLES = { error: 'Errors', warning: 'Warnings', advice: 'Advice' };

/** Compares the configuration of this server with the user pool, when asked. */
export function mountDoctor({ mode }) {
  const button = byId('examine');
  let running = false;
  button.addEventListener('click', async () => {
    if (running) return;
    running = true;
    byId('doctor').setAttribute('aria-busy', 'true');
    byId('doctor-news').textContent = 'Checking…';
    const { ok, status, statusText, body } = await request({ method: 'POST', path: '/doctor' });
    if (ok) show(body, mode);
    else byId('doctor-news').textContent = `${status || ''} ${statusText}. ${body?.message ?? ''}`;
    button.textContent = 'Check again';
    byId('doctor').removeAttribute('aria-busy');
    running = false;
  });
}

function show({ findings, accepted = [], notChecked = [] }, mode) {
  const acceptedBy = accepted.map((id) => ({ id, reason: 'by the tag cognitoKitAccepts of the user pool' }));
  const severities = [...new Set(findings.map(({ severity }) => severity))];
  byId('doctor-news').textContent = [
    findings.length === 0 ? 'No findings.' : counted(findings, severities),
    notChecked.length > 0 && `Not checked: ${notChecked.length}, see below.`,
  ]
    .filter(Boolean)
    .join(' ');
  byId('findings').replaceChildren(
    ...severities.flatMap((severity) => [
      el('h3', { class: `severity ${severity}` }, TITLES[severity] ?? severity),
      el(
        'ul',
        { class: 'findings' },
        findings.filter((finding) => finding.severity === severity).map(findingView),
      ),
    ]),
    mode === 'local' && findings.some(({ mend }) => mend?.command)
      ? el(
          'p',
          { class: 'quiet' },
          'The commands are those for AWS. The local pool of this console gets its settings from ',
          el('code', {}, 'examples/server/demo-pool.ts'),
          '.',
        )
      : '',
    acceptedBy.length > 0 ? listView('Accepted', acceptedBy) : '',
    notChecked.length > 0 ? listView('Not checked', notChecked) : '',
  );
}

function counted(findings, severities) {
  const counts = severities.map((severity) => {
    const count = findings.filter((finding) => finding.severity === severity).length;
    return `${count} ${count === 1 || severity === 'advice' ? severity : `${severity}s`}`;
  });
  return `Found: ${counts.join(', ')}.`;
}

function findingView({ id, severity, what, why, mend = {} }) {
  return el(
    'li',
    { class: `finding ${severity}` },
    el('h4', {}, what),
    el('p', {}, why),
    mend.advice && el('p', {}, el('strong', {}, 'Fix: '), mend.advice),
    mend.command && code(`Command for ${id}`, mend.command),
    mend.template &&
      el(
        'details',
        { class: 'more' },
        el('summary', {}, 'In a template of CloudFormation'),
        code(`Template for ${id}`, mend.template),
      ),
    el('p', { class: 'id' }, id),
  );
}

function code(label, text) {
  return el(
    'div',
    { class: 'copied-code' },
    el('pre', { class: 'json', tabindex: '0', role: 'region', 'aria-label': label }, text),
    copyButton(label.toLowerCase(), () => text),
  );
}

function listView(title, items) {
  return el(
    'details',
    { class: 'more' },
    el('summary', {}, `${title}: ${items.length}`),
    el(
      'ul',
      { class: 'not-checked' },
      items.map(({ id, reason }) => el('li', {}, el('code', {}, id), ` ${reason}`)),
    ),
  );
}
