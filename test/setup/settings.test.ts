import { expect } from 'chai';
import express from 'express';
import request from 'supertest';
import { createCognitoRouter } from '../../src/index.ts';
import { checkAnswers, DEFAULT_ANSWERS, type SetupAnswers } from '../../src/setup/answers.ts';
import { apiInputs } from '../../src/setup/api-input.ts';
import { SETTINGS } from '../../src/setup/settings.ts';
import { ANA, closeAll, startLocal } from '../support/local-sdk.ts';
import { ANSWERS, connected, created, findingsOf } from '../support/setup-answers.ts';

describe('Settings of a good user pool', () => {
  afterEach(closeAll);

  for (const [name, answers] of Object.entries(ANSWERS)) {
    it(`are accepted by the pool, and leave the doctor nothing to find, for ${name}`, async () => {
      const { sdk, pool } = await startLocal();
      const ids = await created(sdk, apiInputs(checkAnswers(answers)));
      const config = await connected({ sdk, url: pool.url }, ids, answers);
      expect(await findingsOf(sdk, config)).to.deep.equal([]);
    });
  }

  it('leave the doctor many findings for a pool that an API call without settings creates', async () => {
    const { sdk, pool } = await startLocal();
    const answers = ANSWERS['passkeys and managed login'] ?? DEFAULT_ANSWERS;
    const ids = await created(sdk, {
      createUserPool: { PoolName: 'bare' },
      setUserPoolMfaConfig: {},
      createUserPoolClient: { ClientName: 'bare', EnableTokenRevocation: false },
      createUserPoolDomain: undefined,
      createManagedLoginBranding: undefined,
    });
    const config = await connected({ sdk, url: pool.url }, ids, answers);
    expect(await findingsOf(sdk, config)).to.have.members([
      'pool-sign-in-names',
      'pool-case-sensitive',
      'pool-auto-verified',
      'pool-password-policy',
      'pool-email-sender',
      'pool-deletion-protection',
      'pool-mfa-off',
      'client-auth-flow',
      'client-user-existence-errors',
      'client-token-revocation',
      'client-refresh-rotation',
      'client-managed-login',
      'client-scopes',
      'client-callback-url',
      'client-sign-out-url',
    ]);
  });

  it('let the app create an account although it may write few attributes', async () => {
    const { sdk, pool } = await startLocal();
    const answers = ANSWERS['an e-mail address and few writable attributes'] ?? DEFAULT_ANSWERS;
    const ids = await created(sdk, apiInputs(answers));
    const config = await connected({ sdk, url: pool.url }, ids, answers);
    const app = express().use('/auth', createCognitoRouter({ ...config, logger: false }));
    await request(app)
      .post('/auth/sign-up')
      .send({ email: ANA, password: 'correct-Horse-7-battery', attributes: { name: 'Ana' } })
      .expect(200);
    expect(pool.inbox.latest({ to: ANA })).to.not.equal(undefined);
  });

  it('accept the advice about e-mail by a tag, unless the pool sends none', () => {
    const tagsFor = (name: string): unknown =>
      apiInputs(ANSWERS[name] ?? DEFAULT_ANSWERS).createUserPool.UserPoolTags;
    expect(tagsFor('the default answers')).to.deep.equal({ cognitoKitAccepts: 'pool-email-sender' });
    expect(tagsFor('a phone number and remembered devices')).to.equal(undefined);
  });

  it('have an id, a reason and one member of their own', () => {
    const members = SETTINGS.map(({ resource, member }) => `${resource}.${member}`);
    expect(new Set(members).size).to.equal(SETTINGS.length);
    expect(new Set(SETTINGS.map(({ id }) => id)).size).to.equal(SETTINGS.length);
    for (const { id, why } of SETTINGS) {
      expect(id).to.match(/^[a-z]+(-[a-z]+)+$/);
      expect(why, id).to.match(/^[A-Z].*\.$/);
      expect(why.split(' ').length, id).to.be.at.most(25);
    }
  });

  it('have a value for at least one of the answers in these tests', () => {
    const unused = SETTINGS.filter(({ value }) =>
      Object.values(ANSWERS).every((answers) => value(answers) === undefined),
    );
    expect(unused.map(({ id }) => id)).to.deep.equal([]);
  });
});

describe('Answers of a setup', () => {
  const login = ANSWERS['passkeys and managed login']?.managedLogin;

  const INVALID: readonly [string, Partial<SetupAnswers>][] = [
    ['the name', { name: '' }],
    ['the name', { name: '$' + '{AWS::AccountId}' }],
    ['the name', { name: 'a"\n  Evil: true' }],
    ['at least one kind of name', { signInWith: [] }],
    ['password length', { minimumPasswordLength: 7 }],
    ['password length', { minimumPasswordLength: Number.NaN }],
    ['a writable attribute', { writableAttributes: ['a b'] }],
    ['no attribute "custom:plan"', { writableAttributes: ['email', 'custom:plan'] }],
    ['CUSTOM_AUTH needs Lambda triggers', { authFlow: 'CUSTOM_AUTH' }],
    ['a host name', { authFlow: 'USER_AUTH', passkeys: { relyingPartyId: 'https://example.com' } }],
    ['required MFA', { authFlow: 'USER_AUTH', mfa: 'required', passkeys: { relyingPartyId: 'example.com' } }],
    ['need the flow USER_AUTH', { passkeys: { relyingPartyId: 'example.com' } }],
    ['IAM role', { signInWith: ['phoneNumber'] }],
    ['the SMS role', { sms: { roleArn: 'role', externalId: 'id' } }],
    ['the e-mail identity', { email: { identityArn: 'example.com', from: 'a@example.com' } }],
    [
      'the sender of e-mail',
      { email: { identityArn: 'arn:aws:ses:eu-central-1:123456789012:identity/a.de', from: 'A <a@a.de>' } },
    ],
    ['the domain prefix', { managedLogin: login && { ...login, domainPrefix: 'my-aws-app' } }],
    ['callback URL', { managedLogin: login && { ...login, callbackUrls: [] } }],
    ['scopes', { managedLogin: login && { ...login, scopes: ['email'] } }],
    ...[
      'http://app.example.com/',
      'https://a/#b',
      'https://a/{{resolve:ssm:x}}',
      'https://a/$' + '{Token[x]}',
      'https://a/%{if}',
      'https://a/"b',
      'https://a/\nb',
      'javascript:alert(1)',
    ].map((url): [string, Partial<SetupAnswers>] => [
      'must be an https:// URL',
      { managedLogin: login && { ...login, callbackUrls: [url] } },
    ]),
  ];

  for (const [message, change] of INVALID) {
    it(`are refused with "${message}" for ${JSON.stringify(change)}`, () => {
      expect(() => checkAnswers({ ...DEFAULT_ANSWERS, ...change })).to.throw(TypeError, message);
    });
  }
});
