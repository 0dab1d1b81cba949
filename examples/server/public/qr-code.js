import { el } from './dom.js';

const SVG = 'http://www.w3.org/2000/svg';
/** Light modules around the code, which scanners need. */
const BORDER = 4;

/** Draws a text as a QR code. `label` is its text alternative. The library loads with the first code. */
export function qrCode(text, label) {
  const image = svg('svg', { class: 'qr', role: 'img', 'aria-label': label });
  const code = el('div', { class: 'qr-frame' }, image);
  draw(image, text).catch(() => {
    code.replaceChildren(el('p', { class: 'quiet' }, 'The QR code did not load. Type the key.'));
  });
  return code;
}

async function draw(image, text) {
  const { encode } = await import('/vendor/uqr/index.mjs');
  const { data, size } = encode(text, { ecc: 'M', border: BORDER });
  image.setAttribute('viewBox', `0 0 ${size} ${size}`);
  image.append(svg('path', { d: data.map(rowPath).join('') }));
}

/** One rectangle for each run of dark modules. */
function rowPath(row, y) {
  const cells = row.map((dark) => (dark ? '1' : '0')).join('');
  return [...cells.matchAll(/1+/g)]
    .map(({ index, 0: run }) => `M${index} ${y}h${run.length}v1h-${run.length}z`)
    .join('');
}

function svg(tag, attributes) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}
