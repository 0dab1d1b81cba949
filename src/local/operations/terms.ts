import { randomUUID } from 'node:crypto';
import { CognitoError, invalidParameter, resourceNotFound } from '../model/errors.ts';
import type { Terms, TermsName } from '../model/login-pages.ts';
import type { UserPool } from '../model/pool.ts';
import { requireTier } from '../model/settings-rules.ts';
import { entryMap } from '../wire/entry-map.ts';
import { integer, type Member, oneOf, required, text } from '../wire/input.ts';
import { clientId, pageToken } from '../wire/members.ts';
import { pageOf } from '../wire/pagination.ts';
import { resourceId } from '../wire/pool-members.ts';
import { findClient, type OperationTable, poolOperation } from './operation.ts';

const LARGEST_PAGE = 60;
const WEB = ['https:', 'http:'];
const termsId = text({ pattern: resourceId });
const termsName = text({ pattern: /^(terms-of-use|privacy-policy)$/ }) as Member<TermsName, false>;

const termsShape = {
  TermsName: termsName,
  TermsSource: oneOf('LINK'),
  Enforcement: oneOf('NONE'),
  Links: entryMap({
    key: text({
      pattern:
        /^cognito:(default|dutch|english|french|spanish|german|bahasa-indonesia|italian|japanese|korean|portuguese-brazil|chinese-(simplified|traditional))$/,
    }),
    value: text({ min: 1, max: 1024, pattern: /^[\p{L}\p{M}\p{S}\p{N}\p{P}]+$/u }),
    // The languages are as many as Cognito's maximum.
    min: 1,
  }),
};

/** The documents to which the sign-up page links. */
export const termsOperations: OperationTable = {
  CreateTerms: poolOperation(
    {
      ClientId: required(clientId),
      ...termsShape,
      TermsName: required(termsShape.TermsName),
      TermsSource: required(termsShape.TermsSource),
      Enforcement: required(termsShape.Enforcement),
    },
    (pool, input) => {
      const { id } = findClient(pool.service, input.ClientId, pool);
      requireTier(pool.settings, 'ESSENTIALS', 'Terms');
      if (!input.Links) throw invalidParameter('Links is required for the terms source LINK.');
      checkLinks(input.Links);
      refuseTaken(pool, id, input.TermsName);
      const now = pool.now();
      const terms: Terms = {
        id: randomUUID(),
        clientId: id,
        name: input.TermsName,
        source: input.TermsSource,
        enforcement: input.Enforcement,
        links: input.Links,
        createdAt: now,
        modifiedAt: now,
      };
      pool.terms.set(terms.id, terms);
      return { Terms: termsOut(pool, terms) };
    },
  ),

  DescribeTerms: poolOperation({ TermsId: required(termsId) }, (pool, input) => ({
    Terms: termsOut(pool, findTerms(pool, input.TermsId)),
  })),

  DescribeTermsByClient: poolOperation(
    { ClientId: required(clientId), TermsName: required(termsName) },
    (pool, input) => {
      const { id } = findClient(pool.service, input.ClientId, pool);
      const terms = termsOf(pool, id, input.TermsName);
      if (!terms) throw notFound();
      return { Terms: termsOut(pool, terms) };
    },
  ),

  UpdateTerms: poolOperation({ TermsId: required(termsId), ...termsShape }, (pool, input) => {
    const before = findTerms(pool, input.TermsId);
    if (input.Links) checkLinks(input.Links);
    if (input.TermsName !== undefined && input.TermsName !== before.name) {
      refuseTaken(pool, before.clientId, input.TermsName);
    }
    const terms: Terms = {
      ...before,
      name: input.TermsName ?? before.name,
      links: input.Links ?? before.links,
      modifiedAt: pool.now(),
    };
    pool.terms.set(terms.id, terms);
    return { Terms: termsOut(pool, terms) };
  }),

  DeleteTerms: poolOperation({ TermsId: required(termsId) }, (pool, input) => {
    pool.terms.delete(findTerms(pool, input.TermsId).id);
    return {};
  }),

  ListTerms: poolOperation({ MaxResults: integer(1, LARGEST_PAGE), NextToken: pageToken }, (pool, input) => {
    const all = [...pool.terms.values()];
    const { items, next } = pageOf(all, input.MaxResults ?? LARGEST_PAGE, input.NextToken);
    const list = items.map((terms) => ({
      TermsId: terms.id,
      TermsName: terms.name,
      Enforcement: terms.enforcement,
      CreationDate: terms.createdAt / 1000,
      LastModifiedDate: terms.modifiedAt / 1000,
    }));
    return { Terms: list, NextToken: next };
  }),
};

/** Refuses links that a page must not have, such as `javascript:`. */
function checkLinks(links: Readonly<Record<string, string>>): void {
  for (const url of Object.values(links)) {
    if (URL.canParse(url) && WEB.includes(new URL(url).protocol)) continue;
    throw invalidParameter('Links must be URLs with the protocol https or http.');
  }
}

function refuseTaken(pool: UserPool, client: string, name: TermsName): void {
  if (!termsOf(pool, client, name)) return;
  throw new CognitoError('TermsExistsException', `Terms ${name} already exist for client ${client}.`);
}

/** Returns a document of an app client. */
export function termsOf({ terms }: UserPool, client: string, name: TermsName): Terms | undefined {
  return [...terms.values()].find((each) => each.clientId === client && each.name === name);
}

function findTerms({ terms }: UserPool, id: string): Terms {
  const found = terms.get(id);
  if (!found) throw notFound();
  return found;
}

function notFound(): CognitoError {
  return resourceNotFound('Terms do not exist.');
}

function termsOut(pool: UserPool, terms: Terms): object {
  return {
    TermsId: terms.id,
    UserPoolId: pool.id,
    ClientId: terms.clientId,
    TermsName: terms.name,
    TermsSource: terms.source,
    Enforcement: terms.enforcement,
    Links: terms.links,
    CreationDate: terms.createdAt / 1000,
    LastModifiedDate: terms.modifiedAt / 1000,
  };
}
