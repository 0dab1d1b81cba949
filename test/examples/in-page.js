/** Functions that the browser tests run inside the page. Each one is sent alone, so it can use no other. */

export function isFocused(node) {
  return node === document.activeElement;
}

/** Audits accessibility; each finding is one line. */
export function auditPage() {
  const findings = [];
  const all = (selector) => [...document.querySelectorAll(selector)];
  const visible = (node) =>
    node.checkVisibility({ visibilityProperty: true }) && !node.closest('.visually-hidden');
  const describe = (node) =>
    `<${node.tagName.toLowerCase()}${node.id ? ` id="${node.id}"` : ''}> ${node.textContent.trim().slice(0, 40)}`;
  const textOf = (ids) =>
    ids
      .split(/\s+/)
      .map((id) => document.getElementById(id)?.textContent ?? '')
      .join(' ')
      .trim();
  const nameOf = (node) =>
    node.getAttribute('aria-label')?.trim() ||
    textOf(node.getAttribute('aria-labelledby') ?? '') ||
    [...(node.labels ?? [])].map((label) => label.textContent.trim()).join(' ') ||
    (node.matches('input') ? '' : node.textContent.trim());

  const ids = all('[id]').map((node) => node.id);
  for (const id of new Set(ids.filter((id, index) => ids.indexOf(id) !== index)))
    findings.push(`duplicate id "${id}"`);

  for (const node of all('input, button, a[href], summary, [tabindex="0"], nav, section, pre[role]')) {
    if (!nameOf(node)) findings.push(`no name: ${describe(node)}`);
  }
  for (const node of all('input')) {
    if (!node.labels?.length) findings.push(`no label: ${describe(node)}`);
    if (!node.autocomplete) findings.push(`no autocomplete: ${describe(node)}`);
  }
  for (const node of all('[aria-describedby], [aria-labelledby], [aria-controls]')) {
    for (const name of ['aria-describedby', 'aria-labelledby', 'aria-controls']) {
      for (const id of (node.getAttribute(name) ?? '').split(/\s+/).filter(Boolean)) {
        if (!document.getElementById(id))
          findings.push(`${name} of ${describe(node)} names "${id}", which does not exist`);
      }
    }
  }
  for (const node of all('fieldset')) {
    if (node.firstElementChild?.tagName !== 'LEGEND') findings.push(`no legend: ${describe(node)}`);
  }
  for (const node of all('[tabindex]'))
    if (node.tabIndex > 0) findings.push(`tabindex above 0: ${describe(node)}`);
  for (const node of all('ul, ol')) {
    if ([...node.children].some((child) => child.tagName !== 'LI'))
      findings.push(`not only items: ${describe(node)}`);
  }

  const landmarks = { main: 1, header: 1, footer: 1, h1: 1 };
  for (const [tag, count] of Object.entries(landmarks)) {
    if (all(tag).length !== count) findings.push(`${all(tag).length} of <${tag}>, not ${count}`);
  }
  if (!document.documentElement.lang) findings.push('no language');
  if (!document.title) findings.push('no title');

  let level = 0;
  for (const heading of all('h1, h2, h3, h4').filter(visible)) {
    const next = Number(heading.tagName.slice(1));
    if (next > level + 1) findings.push(`h${level} is followed by ${describe(heading)}`);
    level = next;
  }

  // WCAG 2.2: text 4.5:1 (1.4.3), the edges of fields 3:1 (1.4.11).
  const channels = (color) => (color.match(/[\d.]+/g) ?? []).map(Number);
  const luminance = (color) => {
    const [r, g, b] = channels(color)
      .slice(0, 3)
      .map((value) =>
        value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4,
      );
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const backgroundOf = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const color = getComputedStyle(at).backgroundColor;
      if (channels(color)[3] !== 0) return color;
    }
    return 'rgb(255, 255, 255)';
  };
  const contrast = (one, other) => {
    const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
  };
  for (const node of all('body *').filter(visible)) {
    const hasText = [...node.childNodes].some(
      (child) => child.nodeType === Node.TEXT_NODE && child.data.trim() !== '',
    );
    if (hasText || node.matches('input')) {
      const ratio = contrast(getComputedStyle(node).color, backgroundOf(node));
      if (ratio < 4.5) findings.push(`contrast ${ratio.toFixed(2)}: ${describe(node)}`);
    }
    if (node.matches('input')) {
      const ratio = contrast(getComputedStyle(node).borderTopColor, backgroundOf(node.parentElement));
      if (ratio < 3) findings.push(`edge ${ratio.toFixed(2)}: ${describe(node)}`);
    }
  }

  // 24 by 24 CSS pixels (2.5.8), except links inside a sentence.
  for (const node of all('button, summary, .operations a, .path a').filter(visible)) {
    const { width, height } = node.getBoundingClientRect();
    if (width < 24 || height < 24)
      findings.push(`target ${Math.round(width)} by ${Math.round(height)}: ${describe(node)}`);
  }
  return findings;
}

/** Resolves to the pixels of an image as RGBA. */
export async function pixelsOf(url) {
  const image = new Image();
  image.src = url;
  await image.decode();
  const canvas = new OffscreenCanvas(image.width, image.height);
  const context = canvas.getContext('2d');
  context.drawImage(image, 0, 0);
  const { data, width, height } = context.getImageData(0, 0, image.width, image.height);
  return { data: [...data], width, height };
}

/** Resolves to the parts of the page that moved while it loaded. */
export function layoutShifts() {
  return new Promise((resolve) => {
    const moved = [];
    const note = (entries) => {
      for (const { value, sources } of entries)
        moved.push(
          `${value.toFixed(3)}: ${sources.map(({ node }) => node?.id || node?.className).join(', ')}`,
        );
    };
    const observer = new PerformanceObserver((list) => note(list.getEntries()));
    observer.observe({ type: 'layout-shift', buffered: true });
    setTimeout(() => {
      note(observer.takeRecords());
      resolve(moved);
    }, 200);
  });
}
