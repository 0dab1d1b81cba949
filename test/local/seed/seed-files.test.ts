import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type LocalSeed, startLocalUserPool } from '../../../src/local/index.ts';
import { checkedSeed } from '../../../src/local/seed/check-seed.ts';
import { readSeedFile } from '../../../src/local/seed/read-seed-file.ts';
import { blocksOf, readPages } from '../../support/documentation.ts';
import { claimsOf } from '../../support/local-sdk.ts';

const SECRET = 'hunter2';

describe('A seed file', () => {
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'seed-files-'));
  });
  after(() => rm(folder, { recursive: true }));

  async function fileWith(text: string, name = 'pool.yaml'): Promise<string> {
    const file = join(folder, name);
    await writeFile(file, text);
    return file;
  }

  async function seedIn(text: string, name?: string): Promise<LocalSeed> {
    return checkedSeed(await readSeedFile(await fileWith(text, name)));
  }

  async function failureOf(text: string, name?: string): Promise<string> {
    try {
      await seedIn(text, name);
    } catch (error) {
      return (error as Error).message;
    }
    throw new Error('the file is accepted');
  }

  it('starts a pool, as in the documentation', async () => {
    const page = (await readPages()).find(({ path }) => path === 'docs/local-user-pool.md');
    const [block] = page ? blocksOf(page).filter(({ language }) => language === 'yaml') : [];
    const pool = await startLocalUserPool({ seed: await fileWith(block?.code ?? ''), quiet: true });
    const claims = claimsOf(pool.tokensFor('ada@example.com').idToken);
    await pool.close();
    expect(claims).to.deep.include({
      'cognito:groups': ['admin'],
      aud: 'web',
      name: 'Ada',
      phone_number: '+491701234567',
    });
  });

  it('keeps texts in YAML that look like other values', async () => {
    const seed = await seedIn(`
pools:
  - users:
      - username: 0012345
        password: 0123456789
        groups: [on, 2024, null]
        attributes:
          phone_number: +491701234567
          email_verified: true
          birthdate: 1990-01-01
          family_name: Null
          custom:plan: 1e3
          custom:big: 123456789012345678901234567890
    appClients:
      - clientId: 007
        clientSecret: yes
`);
    expect(seed.pools[0]).to.deep.equal({
      users: [
        {
          username: '0012345',
          password: '0123456789',
          groups: ['on', '2024', 'null'],
          attributes: {
            phone_number: '+491701234567',
            email_verified: 'true',
            birthdate: '1990-01-01',
            family_name: 'Null',
            'custom:plan': '1e3',
            'custom:big': '123456789012345678901234567890',
          },
        },
      ],
      appClients: [{ clientId: '007', clientSecret: 'yes' }],
    });
  });

  it('has numbers and flags in YAML where settings need them, and no value as absent', async () => {
    const seed = await seedIn(`
pools:
  - groups:
    users: ~
    domains: null
    pool:
      Policies: { PasswordPolicy: { MinimumLength: 12, RequireSymbols: false } }
      Schema: [{ Name: plan, AttributeDataType: String, StringAttributeConstraints: { MaxLength: 20 } }]
    appClients: [{ settings: { GenerateSecret: true, AccessTokenValidity: 5 } }]
`);
    expect(seed.pools[0]).to.deep.equal({
      pool: {
        Policies: { PasswordPolicy: { MinimumLength: 12, RequireSymbols: false } },
        Schema: [
          { Name: 'plan', AttributeDataType: 'String', StringAttributeConstraints: { MaxLength: '20' } },
        ],
      },
      appClients: [{ settings: { GenerateSecret: true, AccessTokenValidity: 5 } }],
    });
  });

  it('may use anchors and merge keys in YAML, a password for 300 users too', async () => {
    const users = Array.from({ length: 300 }, (_, index) => `      - { <<: *user, username: u${index} }`);
    const seed = await seedIn(`
pools:
  - users:
      - &user { username: first, password: &word correct-Horse-7, groups: [staff] }
      - { username: second, password: *word }
${users.join('\n')}
`);
    expect(seed.pools[0]?.users?.at(-1)).to.deep.equal({
      username: 'u299',
      password: 'correct-Horse-7',
      groups: ['staff'],
    });
  });

  it('may begin with a byte order mark', async () => {
    expect(await seedIn('\uFEFF{"pools":[{}]}', 'pool.json')).to.deep.equal({ pools: [{}] });
    expect(await seedIn('\uFEFFpools: [{}]')).to.deep.equal({ pools: [{}] });
  });

  const bomb = (levels: number): string =>
    Array.from({ length: levels }, (_, at) => `a${at + 1}: &a${at + 1} [${`*a${at},`.repeat(9)}]`).join('\n');
  const REFUSED: readonly [fault: string, text: string, message: RegExp, name?: string][] = [
    [
      'a flag of YAML 1.1',
      'pools: [{ pool: { SoftwareTokenMfaConfiguration: { Enabled: on } } }]',
      /Enabled is "on"; write true or false/,
    ],
    [
      'a fraction for a number',
      'pools: [{ appClients: [{ settings: { AccessTokenValidity: 1.5 } }] }]',
      /AccessTokenValidity is "1.5"/,
    ],
    ['no value for a required member', 'pools:', /^express-cognito-kit: seed\.pools is missing/],
    ['an empty file', '', /seed is not in the expected form; write an object/],
    [
      'an empty pool in a list',
      'pools:\n  -',
      /seed\.pools\[0\] is not in the expected form; write an object/,
    ],
    [
      'a wrong indentation',
      `pools:\n  - users:\n   - password: ${SECRET}\n`,
      /is not valid YAML: \w+ in line \d+\. Check the indentation/,
    ],
    [
      'an unquoted text with a reserved character',
      `pools:\n  - users:\n      - password: @${SECRET}`,
      /BAD_SCALAR_START in line 3/,
    ],
    [
      'an unquoted text with an asterisk',
      `pools: [{ users: [{ password: *${SECRET} }] }]`,
      /it has an alias without an anchor/,
    ],
    [
      'an unquoted text with an exclamation mark',
      `pools: [{ users: [{ password: !${SECRET} x }] }]`,
      /TAG_RESOLVE_FAILED in line 1/,
    ],
    ['a merge key without a map', `pools: [{ <<: ${SECRET} }]`, /a merge key without a map/],
    ['a name twice', 'pools: []\npools: []', /DUPLICATE_KEY in line 2/],
    ['two documents', 'pools: [{}]\n---\npools: [{}]', /MULTIPLE_DOCS in line 2/],
    ['aliases that grow without end', `a0: &a0 lol\n${bomb(9)}\npools: [*a9]`, /it has too many aliases/],
    ['lists that are nested too deeply', `pools: ${'['.repeat(100_000)}`, /RESOURCE_EXHAUSTION in line 1/],
    ['a part of JSON', `{"pools": [{"users": [{"password": "${SECRET}"`, /is not valid JSON/, 'pool.json'],
    ['a wrong character in JSON', `{\n"pools": ${SECRET}\n}`, /is not valid JSON/, 'pool.json'],
    ['another ending', 'pools: [{}]', /pool\.txt must end in \.yaml, \.yml or \.json/, 'pool.txt'],
  ];
  for (const [fault, text, message, name] of REFUSED) {
    it(`with ${fault} is refused, and its content is not quoted`, async () => {
      const failure = await failureOf(text, name);
      expect(failure).to.match(message);
      expect(failure).to.not.include(SECRET);
      expect(failure).to.not.include('\n');
    });
  }

  it('that refers to itself in YAML is refused', async () => {
    expect(await failureOf('pools: &p [*p]')).to.match(/seed\.pools\[0\] is not in the expected form/);
    expect(await failureOf('pools:\n  - &p { pool: *p }')).to.match(
      /seed\.pools\[0\]\.pool has no option "pool"/,
    );
  });

  it('that is missing is refused with its path', async () => {
    const file = join(folder, 'missing.json');
    const error = await startLocalUserPool({ seed: file }).catch((error: Error) => error);
    expect(error)
      .to.have.property('message')
      .that.matches(/^The seed file .*missing\.json cannot be read: ENOENT/);
  });
});
