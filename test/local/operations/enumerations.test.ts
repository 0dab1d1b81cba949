import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as sdk from '@aws-sdk/client-cognito-identity-provider';
import { expect } from 'chai';
import { OPERATIONS } from '../../../src/local/operations/table.ts';
import type { Shape } from '../../../src/local/wire/input.ts';
import { closeAll, type Local, startLocal } from '../../support/local-sdk.ts';

const SDK = '@aws-sdk/client-cognito-identity-provider';

/** The SDK's types of each interface, by member. Its schemas at run time have no values of enumerations. */
function interfacesOfSdk(): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const root = dirname(createRequire(import.meta.url).resolve(`${SDK}/package.json`));
  const models = join(root, 'dist-types/models');
  const text = readdirSync(models)
    .filter((file) => /^models_\d+\.d\.ts$/.test(file))
    .map((file) => readFileSync(join(models, file), 'utf8'))
    .join('\n')
    .replace(/\/\*[\s\S]*?\*\//g, '');
  const found = new Map<string, Map<string, string>>();
  for (const [, name = '', body = ''] of text.matchAll(/export interface (\w+)[^{]*\{([\s\S]*?)\n\}/g)) {
    const members = [...body.matchAll(/^\s*(\w+)\??: ([^;]+?)(?: \| undefined)?;/gm)];
    found.set(name, new Map(members.map(([, member = '', type = '']) => [member, type])));
  }
  return found;
}

const INTERFACES = interfacesOfSdk();

/** Every enumeration in a shape: its path, its values and those of the SDK. */
function* enumerationsIn(
  shape: Shape,
  type: string,
  path: string,
): Generator<{ path: string; values: readonly string[]; ofSdk: readonly string[] | undefined }> {
  for (const [name, member] of Object.entries(shape)) {
    const given = INTERFACES.get(type)?.get(name) ?? '';
    const { kind } = member.kind.type === 'list' ? member.kind.item : member;
    const inner = given.replace(/\[\]$/, '');
    const here = `${path}.${name}`;
    if (kind.type === 'structure') yield* enumerationsIn(kind.shape, inner, here);
    if (kind.type !== 'scalar') continue;
    const known: unknown = (sdk as Readonly<Record<string, unknown>>)[inner];
    const ofSdk =
      typeof known === 'object' && known !== null ? (Object.values(known) as string[]) : undefined;
    if (kind.values !== undefined || ofSdk !== undefined) {
      yield { path: here, values: kind.values ?? [], ofSdk };
    }
  }
}

const ENUMERATIONS = Object.entries(OPERATIONS).flatMap(([operation, { shape }]) => [
  ...enumerationsIn(shape, `${operation}Request`, operation),
]);

/** A first factor that the local pool does not have. It refuses the value, or a test would prove nothing. */
const NOT_SERVED: Readonly<Record<string, readonly string[]>> = {
  'CreateUserPool.Policies.SignInPolicy.AllowedFirstAuthFactors': ['SOFTWARE_TOKEN'],
  'UpdateUserPool.Policies.SignInPolicy.AllowedFirstAuthFactors': ['SOFTWARE_TOKEN'],
};

/** Values of the API reference that the SDK's enumeration does not list. */
const NOT_IN_SDK: readonly string[] = ['ALLOW_CLIENT_TOKEN_AUTH'];

/** Texts of any form in the SDK, whose values the API reference or WebAuthn lists. */
const TEXTS_IN_SDK: readonly string[] = [
  'GetUserAttributeVerificationCode.AttributeName',
  'VerifyUserAttribute.AttributeName',
  'CompleteWebAuthnRegistration.Credential.type',
];

describe('An enumeration of the local pool', () => {
  it('is found for each kind of setting', () => {
    expect(ENUMERATIONS.length).to.be.above(40);
    const paths = ENUMERATIONS.map(({ path }) => path);
    expect(paths).to.include.members([
      'CreateUserPool.AliasAttributes',
      'UpdateUserPool.Policies.SignInPolicy.AllowedFirstAuthFactors',
      'CreateUserPoolClient.ExplicitAuthFlows',
      'UpdateUserPoolClient.TokenValidityUnits.AccessToken',
    ]);
  });

  for (const { path, values, ofSdk } of ENUMERATIONS.filter((each) => !TEXTS_IN_SDK.includes(each.path))) {
    it(`has the values of the SDK: ${path}`, () => {
      const known = values.filter((value) => !NOT_IN_SDK.includes(value));
      expect([...known, ...(NOT_SERVED[path] ?? [])].sort()).to.deep.equal([...(ofSdk ?? [])].sort());
    });
  }
});

describe('An unknown value in a call to the local pool', () => {
  let local: Local;
  before(async () => {
    local = await startLocal();
  });
  after(closeAll);

  /** The message of the exception. */
  const messageOf = (call: Promise<unknown>): Promise<string> =>
    call.then(
      () => 'accepted',
      ({ name, message }: Error) => `${name}: ${message}`,
    );

  it('is refused in a list with the whole list, as on AWS', async () => {
    const { sdk: cognito, pool } = local;
    const UserPoolId = pool.config.userPoolId;
    const refused = await messageOf(
      cognito.createUserPoolClient({ UserPoolId, ClientName: 'x', ExplicitAuthFlows: ['ADMIN' as never] }),
    );
    expect(refused).to.match(
      /^InvalidParameterException: 1 validation error detected: Value '\[ADMIN\]' at 'explicitAuthFlows' failed to satisfy constraint: Member must satisfy constraint: \[Member must satisfy enum value set: \[[A-Z_, ]+\]\]$/,
    );
    const alias = await messageOf(
      cognito.createUserPool({ PoolName: 'x', AliasAttributes: ['email', 'mail' as never] }),
    );
    expect(alias).to.include(
      "Value '[email, mail]' at 'aliasAttributes' failed to satisfy constraint: Member must",
    );
  });

  it('is refused in a list of texts with all rules of a text', async () => {
    const { sdk: cognito, pool } = local;
    const UserPoolId = pool.config.userPoolId;
    const refused = await messageOf(
      cognito.createUserPoolClient({ UserPoolId, ClientName: 'x', CallbackURLs: ['a b'] }),
    );
    expect(refused).to.include(
      "Value '[a b]' at 'callbackURLs' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}]+]",
    );
  });

  it('is refused outside a list with the value', async () => {
    const { sdk: cognito, pool } = local;
    const UserPoolId = pool.config.userPoolId;
    expect(
      await messageOf(cognito.updateUserPool({ UserPoolId, MfaConfiguration: 'YES' as never })),
    ).to.include(
      "Value 'YES' at 'mfaConfiguration' failed to satisfy constraint: Member must satisfy enum value set: [OFF, ON, OPTIONAL]",
    );
  });
});
