/** Safe markup, unlike text that needs escaping. */
export class Html {
  readonly markup: string;

  constructor(markup: string) {
    this.markup = markup;
  }
}

type Content = Html | string | number | undefined | readonly Html[];

/** Creates markup from a template. Escapes inserted values except markup; undefined inserts nothing. */
export function html(template: TemplateStringsArray, ...contents: Content[]): Html {
  return new Html(
    template.map((part, index) => (index === 0 ? part : `${markupOf(contents[index - 1])}${part}`)).join(''),
  );
}

function markupOf(content: Content): string {
  if (content === undefined) return '';
  if (content instanceof Html) return content.markup;
  if (typeof content === 'object') return content.map(markupOf).join('');
  return String(content).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
