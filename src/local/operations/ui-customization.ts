import { invalidParameter } from '../model/errors.ts';
import { ALL_CLIENTS, type UiCustomization } from '../model/login-pages.ts';
import type { UserPool } from '../model/pool.ts';
import { checkCss, logoUrl } from '../users/ui-customization.ts';
import { blob } from '../wire/blob.ts';
import { text } from '../wire/input.ts';
import { clientId } from '../wire/members.ts';
import { limited } from './limitations.ts';
import { findClient, type OperationTable, poolOperation } from './operation.ts';

const MAX_BYTES = 131_072;

/** The style of the classic pages, which those of the local pool show too. */
export const uiCustomizationOperations: OperationTable = {
  // Replaces both CSS and logo; without them, the style is removed.
  SetUICustomization: limited(
    'The pages have other markup than the classic ones, with the same classes. ImageUrl is a data URL.',
    poolOperation(
      { ClientId: clientId, CSS: text({ min: 0, max: MAX_BYTES }), ImageFile: blob(MAX_BYTES) },
      (pool, { ClientId = ALL_CLIENTS, CSS: css, ImageFile: image }) => {
        if (ClientId !== ALL_CLIENTS) findClient(pool.service, ClientId, pool);
        if (pool.domains.size === 0) {
          throw invalidParameter('There has to be an existing domain associated with this user pool');
        }
        if (css !== undefined) checkCss(css);
        if (image !== undefined) logoUrl(image);
        const now = pool.now();
        const { createdAt = now } = pool.uiCustomizations.get(ClientId) ?? {};
        if (css === undefined && image === undefined) pool.uiCustomizations.delete(ClientId);
        else pool.uiCustomizations.set(ClientId, { css, image, createdAt, modifiedAt: now });
        return { UICustomization: customizationOut(pool, ClientId) };
      },
    ),
  ),

  GetUICustomization: poolOperation({ ClientId: clientId }, (pool, { ClientId = ALL_CLIENTS }) => {
    if (ClientId !== ALL_CLIENTS) findClient(pool.service, ClientId, pool);
    const owner = pool.uiCustomizations.has(ClientId) ? ClientId : ALL_CLIENTS;
    return { UICustomization: customizationOut(pool, owner) };
  }),
};

function customizationOut(pool: UserPool, owner: string): object {
  const found: UiCustomization | undefined = pool.uiCustomizations.get(owner);
  if (!found) return {};
  const { css, image, createdAt, modifiedAt } = found;
  return {
    UserPoolId: pool.id,
    ClientId: owner,
    ...(image !== undefined && { ImageUrl: logoUrl(image) }),
    ...(css !== undefined && {
      CSS: css,
      CSSVersion: new Date(modifiedAt).toISOString().replace(/\..*|\D/g, ''),
    }),
    CreationDate: createdAt / 1000,
    LastModifiedDate: modifiedAt / 1000,
  };
}
