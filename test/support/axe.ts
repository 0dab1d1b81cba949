import axe, { type AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

/** Runs all rules of axe-core on the page; each violation is one line. Rules that cannot decide are not violations. */
export async function axeViolations(page: Page): Promise<string[]> {
  // The DevTools protocol evaluates the script, so the page's policy needs no exception.
  await page.evaluate(axe.source);
  const { passes, violations }: AxeResults = await page.evaluate(
    `axe.run(document, { resultTypes: ['violations', 'passes'] })`,
  );
  if (passes.length === 0) return ['axe-core has checked nothing'];
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(
      ({ target, failureSummary }) => `${id} (${help}): ${target.join(' ')}: ${failureSummary ?? ''}`,
    ),
  );
}
