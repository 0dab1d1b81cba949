import { ALL_CLIENTS } from '../model/login-pages.ts';
import type { AppClient } from '../model/pool.ts';
import { logoUrl } from '../users/ui-customization.ts';
import type { PageStyle } from './page-layout.ts';

/** Returns the style of an app client. A domain of version 2 shows a branding style in its place. */
export function pageStyleOf({ id, pool }: AppClient): PageStyle | undefined {
  const isClassic = [...pool.domains.values()].some(({ managedLoginVersion }) => managedLoginVersion === 1);
  const found = pool.uiCustomizations.get(id) ?? pool.uiCustomizations.get(ALL_CLIENTS);
  if (!isClassic || !found) return undefined;
  return { css: found.css, logo: found.image === undefined ? undefined : logoUrl(found.image) };
}
