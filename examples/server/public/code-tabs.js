import { SAMPLES } from './code-samples.js';
import { copyButton } from './copy-button.js';
import { el } from './dom.js';

const NAMES = Object.keys(SAMPLES);
/** The language that was chosen last, for the next request, too. */
let chosen = NAMES[0];

/** The request of an exchange as code, with a tab for each language. */
export function codeTabs(exchange) {
  const tabs = NAMES.map((name) =>
    el(
      'button',
      {
        type: 'button',
        id: `code-tab-${name}`,
        role: 'tab',
        'aria-controls': 'code-panel',
        onclick: () => choose(name),
      },
      name,
    ),
  );
  const code = el('pre', { class: 'json code', tabindex: '0', role: 'region', 'aria-label': 'Code' });
  const note = el('p', { class: 'quiet' });
  const panel = el('div', { id: 'code-panel', role: 'tabpanel' }, code, note);
  const list = el('div', { class: 'tabs', role: 'tablist', 'aria-label': 'Language' }, tabs);
  list.addEventListener('keydown', (event) => {
    const next = nextOf(event.key);
    if (next === undefined) return;
    event.preventDefault();
    choose(next);
    tabs[NAMES.indexOf(next)].focus();
  });

  function choose(name) {
    chosen = name;
    for (const [index, tab] of tabs.entries()) {
      const isChosen = NAMES[index] === name;
      tab.setAttribute('aria-selected', String(isChosen));
      tab.tabIndex = isChosen ? 0 : -1;
    }
    panel.setAttribute('aria-labelledby', `code-tab-${name}`);
    const sample = SAMPLES[name](exchange, location.origin);
    code.textContent = sample.code;
    note.textContent = noteOf(name, sample, exchange.request);
  }

  choose(chosen);
  return el(
    'div',
    { class: 'as-code' },
    el(
      'div',
      { class: 'section-head' },
      el('h3', {}, 'The request as code'),
      copyButton('the code', () => code.textContent),
    ),
    list,
    panel,
  );
}

function nextOf(key) {
  const at = NAMES.indexOf(chosen);
  if (key === 'ArrowRight') return NAMES[(at + 1) % NAMES.length];
  if (key === 'ArrowLeft') return NAMES.at(at - 1);
  if (key === 'Home') return NAMES[0];
  return key === 'End' ? NAMES.at(-1) : undefined;
}

const GIVEN = {
  curl: (names) => `Set ${names} first, as in read -rs ${names.split(' ')[0]}.`,
  fetch: (names) => `Replace the placeholder of ${names}.`,
  supertest: (names) => `Reads ${names} from the environment.`,
};

function noteOf(language, { variables }, { cookies }) {
  const hasFreeText = variables.some((name) => name.endsWith('PASSWORD') || name === 'ANSWER');
  return [
    variables.length > 0 && GIVEN[language](variables.join(' and ')),
    language === 'curl' && hasFreeText && String.raw`In JSON, " and \ need a \ before them.`,
    language === 'curl' && cookies && 'curl keeps the cookies in cookies.txt, so let it sign in first.',
    language === 'supertest' && 'supertest also takes your Express app in place of the URL.',
    variables.length > 0 && 'The code has no secrets.',
  ]
    .filter(Boolean)
    .join(' ');
}
