import { invalidParameter } from '../model/errors.ts';

/** The classes of the classic pages, and their states. */
const SELECTORS = [
  'background-customizable',
  'banner-customizable',
  'errorMessage-customizable',
  'idpButton-customizable',
  'idpButton-customizable:hover',
  'idpDescription-customizable',
  'inputField-customizable',
  'inputField-customizable:focus',
  'label-customizable',
  'legalText-customizable',
  'logo-customizable',
  'passwordCheck-notValid-customizable',
  'passwordCheck-valid-customizable',
  'redirect-customizable',
  'socialButton-customizable',
  'submitButton-customizable',
  'submitButton-customizable:hover',
  'textDescription-customizable',
];

/** The first bytes of an image in base64, by its media type. */
const IMAGES = { 'image/png': 'iVBORw0KGgo', 'image/jpeg': '/9j/' };

/** Throws for CSS with other selectors than the classes of the pages, and for markup and at-rules. */
export function checkCss(css: string): void {
  const blocks = withoutComments(css).split('}');
  const rest = blocks.pop() ?? '';
  const rules = blocks.map((block) => block.split('{'));
  if (/[<@\\]/.test(css) || rest.trim() !== '' || rules.some(({ length }) => length !== 2)) {
    throw invalidParameter(
      'The CSS is not valid. It takes rules for classes only, without @import, @supports, @page or @media.',
    );
  }
  for (const selector of rules.flatMap(([selectors = '']) => selectors.split(','))) {
    const name = selector.trim();
    if (name.startsWith('.') && SELECTORS.includes(name.slice(1))) continue;
    throw invalidParameter(`The CSS is not valid. ${name} is not one of the allowed classes.`);
  }
}

/** A comment without an end reaches to the end of the text. */
function withoutComments(css: string): string {
  const [start = '', ...parts] = css.split('/*');
  return parts.reduce(
    (kept, part) => kept + (part.includes('*/') ? part.slice(part.indexOf('*/') + 2) : ''),
    start,
  );
}

/** Returns the logo as a data URL. Throws for an image that is neither PNG nor JPEG. */
export function logoUrl(image: string): string {
  const [type] = Object.entries(IMAGES).find(([, start]) => image.startsWith(start)) ?? [];
  if (type === undefined) throw invalidParameter('The image file has to be PNG or JPEG.');
  return `data:${type};base64,${image}`;
}
