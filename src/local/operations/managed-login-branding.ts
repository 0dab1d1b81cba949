import { randomUUID } from 'node:crypto';
import { CognitoError, invalidParameter, missingParameter, resourceNotFound } from '../model/errors.ts';
import { isObject } from '../model/json-object.ts';
import type { Branding, BrandingAsset } from '../model/login-pages.ts';
import type { UserPool } from '../model/pool.ts';
import { requireTier } from '../model/settings-rules.ts';
import { blob } from '../wire/blob.ts';
import { type Document, document } from '../wire/document.ts';
import { flag, list, oneOf, required, structure, text } from '../wire/input.ts';
import { clientId, poolId } from '../wire/members.ts';
import { resourceId } from '../wire/pool-members.ts';
import { limited, withoutEffect } from './limitations.ts';
import { adminOperation, findClient, findPool, type OperationTable, poolOperation } from './operation.ts';

const NOT_SHOWN = 'The pages of managed login do not show the branding style.';

const NOT_MERGED = 'ReturnMergedResources adds none of the defaults of Cognito.';

const brandingId = text({ pattern: resourceId });
const styleShape = {
  UseCognitoProvidedValues: flag(),
  Settings: document(),
  Assets: list(
    structure({
      Category: required(
        oneOf(
          'FAVICON_ICO',
          'FAVICON_SVG',
          'EMAIL_GRAPHIC',
          'SMS_GRAPHIC',
          'AUTH_APP_GRAPHIC',
          'PASSWORD_GRAPHIC',
          'PASSKEY_GRAPHIC',
          'PAGE_HEADER_LOGO',
          'PAGE_HEADER_BACKGROUND',
          'PAGE_FOOTER_LOGO',
          'PAGE_FOOTER_BACKGROUND',
          'PAGE_BACKGROUND',
          'FORM_BACKGROUND',
          'FORM_LOGO',
          'IDP_BUTTON_ICON',
        ),
      ),
      ColorMode: required(oneOf('LIGHT', 'DARK', 'DYNAMIC')),
      Extension: required(oneOf('ICO', 'JPEG', 'PNG', 'SVG', 'WEBP')),
      Bytes: blob(1_000_000),
      ResourceId: text({ min: 1, max: 40, pattern: /^[\w\- ]+$/ }),
    }),
    { max: 40 },
  ),
};

interface Style {
  readonly UseCognitoProvidedValues?: boolean;
  readonly Settings?: Document;
  readonly Assets?: readonly BrandingAsset[];
}

export const managedLoginBrandingOperations: OperationTable = {
  CreateManagedLoginBranding: withoutEffect(
    NOT_SHOWN,
    poolOperation({ ClientId: required(clientId), ...styleShape }, (pool, input) => {
      const client = findClient(pool.service, input.ClientId, pool);
      requireTier(pool.settings, 'ESSENTIALS', 'Managed login branding');
      checkStyle(input);
      if (findByClient(pool, client.id)) {
        throw new CognitoError(
          'ManagedLoginBrandingExistsException',
          `Managed login branding already exists for client ${client.id}.`,
        );
      }
      const now = pool.now();
      const branding: Branding = {
        id: randomUUID(),
        clientId: client.id,
        usesDefaults: input.UseCognitoProvidedValues ?? false,
        settings: input.Settings,
        assets: input.Assets ?? [],
        createdAt: now,
        modifiedAt: now,
      };
      pool.brandings.set(branding.id, branding);
      return { ManagedLoginBranding: brandingOut(pool, branding) };
    }),
  ),

  DescribeManagedLoginBranding: limited(
    NOT_MERGED,
    poolOperation(
      { ManagedLoginBrandingId: required(brandingId), ReturnMergedResources: flag() },
      (pool, input) => ({
        ManagedLoginBranding: brandingOut(pool, findBranding(pool, input.ManagedLoginBrandingId)),
      }),
    ),
  ),

  DescribeManagedLoginBrandingByClient: limited(
    NOT_MERGED,
    poolOperation({ ClientId: required(clientId), ReturnMergedResources: flag() }, (pool, input) => {
      const client = findClient(pool.service, input.ClientId, pool);
      const branding = findByClient(pool, client.id);
      if (!branding) throw notFound();
      return { ManagedLoginBranding: brandingOut(pool, branding) };
    }),
  ),

  // Keeps the settings and assets that the request does not name, as on AWS.
  UpdateManagedLoginBranding: withoutEffect(
    NOT_SHOWN,
    adminOperation(
      { UserPoolId: poolId, ManagedLoginBrandingId: brandingId, ...styleShape },
      (service, input) => {
        if (input.UserPoolId === undefined) throw missingParameter('UserPoolId');
        if (input.ManagedLoginBrandingId === undefined) throw missingParameter('ManagedLoginBrandingId');
        const pool = findPool(service, input.UserPoolId);
        const before = findBranding(pool, input.ManagedLoginBrandingId);
        checkStyle(input);
        const { UseCognitoProvidedValues: usesDefaults = false, Settings, Assets = [] } = input;
        const branding: Branding = {
          ...before,
          usesDefaults,
          settings: usesDefaults ? undefined : merged(before.settings, Settings),
          assets: usesDefaults ? [] : [...before.assets.filter((each) => !isIn(Assets, each)), ...Assets],
          modifiedAt: pool.now(),
        };
        pool.brandings.set(branding.id, branding);
        return { ManagedLoginBranding: brandingOut(pool, branding) };
      },
    ),
  ),

  DeleteManagedLoginBranding: poolOperation(
    { ManagedLoginBrandingId: required(brandingId) },
    (pool, input) => {
      pool.brandings.delete(findBranding(pool, input.ManagedLoginBrandingId).id);
      return {};
    },
  ),
};

/** The defaults of Cognito and own settings exclude each other, and one of them is needed. Assets may be beside both. */
function checkStyle({ UseCognitoProvidedValues = false, Settings, Assets }: Style): void {
  if (UseCognitoProvidedValues === (Settings !== undefined)) {
    throw invalidParameter('useCognitoProvidedValues or settings should be specified (but not both)');
  }
  for (const { Category, Bytes, ResourceId } of Assets ?? []) {
    if ((Bytes === undefined) === (ResourceId === undefined)) {
      throw invalidParameter(`The asset ${Category} needs either Bytes or a ResourceId.`);
    }
  }
}

function isIn(assets: readonly BrandingAsset[], { Category, ColorMode }: BrandingAsset): boolean {
  return assets.some((each) => each.Category === Category && each.ColorMode === ColorMode);
}

function merged(before: Document | undefined, changes: Document | undefined): Document | undefined {
  if (!before || !changes) return changes ?? before;
  const entries = Object.entries(changes).map(([name, value]) => {
    const old = Object.hasOwn(before, name) ? before[name] : undefined;
    return [name, isObject(old) && isObject(value) ? merged(old, value) : value];
  });
  return { ...before, ...Object.fromEntries(entries) };
}

function findByClient({ brandings }: UserPool, id: string): Branding | undefined {
  return [...brandings.values()].find((each) => each.clientId === id);
}

function findBranding({ brandings }: UserPool, id: string): Branding {
  const branding = brandings.get(id);
  if (!branding) throw notFound();
  return branding;
}

function notFound(): CognitoError {
  return resourceNotFound('Managed login branding does not exist.');
}

function brandingOut(pool: UserPool, branding: Branding): object {
  return {
    ManagedLoginBrandingId: branding.id,
    UserPoolId: pool.id,
    UseCognitoProvidedValues: branding.usesDefaults,
    Settings: branding.settings,
    Assets: branding.assets,
    CreationDate: branding.createdAt / 1000,
    LastModifiedDate: branding.modifiedAt / 1000,
  };
}
