import { byId, el } from './dom.js';

const SHOWN_MS = 2500;

/** A button that copies `text()`. `what` says what it copies, for those who do not see where it is. */
export function copyButton(what, text) {
  const label = el('span', {}, 'Copy');
  const button = el(
    'button',
    { type: 'button', class: 'plain copy' },
    label,
    el('span', { class: 'visually-hidden' }, ` ${what}`),
  );
  let timer;
  button.addEventListener('click', async () => {
    // A screen reader reads the same news again only if it has gone in between.
    byId('copy-news').textContent = '';
    const done = await copied(text());
    label.textContent = done ? 'Copied' : 'Not copied';
    byId('copy-news').textContent = done ? `Copied: ${what}` : 'The browser refused to copy.';
    clearTimeout(timer);
    timer = setTimeout(() => {
      label.textContent = 'Copy';
    }, SHOWN_MS);
  });
  return button;
}

async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
