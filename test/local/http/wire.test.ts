import { expect } from 'chai';
import { ANA, closeAll, type Local, outcomeOf, PASSWORD, post, startLocal } from '../../support/local-sdk.ts';

describe('The wire protocol of the local user pool', () => {
  let local: Local;
  let url: string;

  before(async () => {
    local = await startLocal({ users: [{ username: ANA, password: PASSWORD }] });
    url = `${local.pool.url}/`;
  });
  after(closeAll);

  const signUp = (body: object) => post(url, 'SignUp', { ClientId: local.ClientId, ...body });

  it('answers a success with 200 in JSON 1.1, with a request id and CORS headers', async () => {
    const answer = await signUp({ Username: 'new@example.com', Password: PASSWORD });
    expect(answer.status).to.equal(200);
    expect(answer.headers.get('content-type')).to.equal('application/x-amz-json-1.1');
    expect(answer.headers.get('x-amzn-requestid')).to.match(/^[0-9a-f-]{36}$/);
    expect(answer.headers.get('access-control-allow-origin')).to.equal('*');
    expect(answer.headers.get('access-control-expose-headers')).to.equal(
      'x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date',
    );
    expect(answer.body).to.have.keys('UserConfirmed', 'UserSub', 'CodeDeliveryDetails');
  });

  it('answers an exception with 400 and its name in the body and, with a colon, in a header', async () => {
    const answer = await signUp({ Username: ANA, Password: PASSWORD });
    expect(answer.status).to.equal(400);
    expect(answer.body).to.deep.equal({ __type: 'UsernameExistsException', message: 'User already exists' });
    expect(answer.headers.get('x-amzn-errortype')).to.equal('UsernameExistsException:');
    expect(answer.headers.get('x-amzn-errormessage')).to.equal('User already exists');
  });

  it('shortens a long message in the header, but not in the body', async () => {
    const AuthFlow = 'x'.repeat(70_000);
    const answer = await post(url, 'InitiateAuth', { ClientId: local.ClientId, AuthFlow });
    expect(answer.status).to.equal(400);
    expect(answer.headers.get('x-amzn-errormessage')).to.have.length(1024);
    expect(String((answer.body as { message?: unknown }).message)).to.include(AuthFlow);
  });

  it('returns dates to administrators as seconds since the epoch', async () => {
    const { body } = await post(
      url,
      'AdminGetUser',
      { UserPoolId: local.UserPoolId, Username: ANA },
      { authorization: 'AWS4-HMAC-SHA256 Credential=local' },
    );
    expect(body.UserCreateDate)
      .to.be.a('number')
      .and.be.within(Date.now() / 1000 - 60, Date.now() / 1000);
  });

  it('allows cross-origin calls of user operations, but not of administrator operations', async () => {
    const preflight = await fetch(url, { method: 'OPTIONS' });
    expect(preflight.status).to.equal(200);
    expect(preflight.headers.get('access-control-allow-origin')).to.equal('*');
    expect(preflight.headers.get('access-control-allow-headers'))
      .to.contain('x-amz-target')
      .and.to.not.contain('authorization');
  });

  it('refuses an administrator call without a signature', async () => {
    const { status, body } = await post(url, 'ListUsers', { UserPoolId: local.UserPoolId });
    expect(status).to.equal(400);
    expect(body.__type).to.equal('MissingAuthenticationTokenException');
  });

  for (const operation of ['NoSuchThing', 'constructor', 'NoSuchOperation']) {
    it(`refuses the unknown operation ${operation} with UnknownOperationException`, async () => {
      const { status, body } = await post(url, operation, {});
      expect(status).to.equal(400);
      expect(body.__type).to.equal('UnknownOperationException');
    });
  }

  it('refuses a missing or malformed target header with UnknownOperationException', async () => {
    for (const target of ['', 'SomethingElse.SignUp', 'AWSCognitoIdentityProviderService.']) {
      const { body } = await post(url, 'SignUp', {}, { 'x-amz-target': target });
      expect(body.__type).to.equal('UnknownOperationException');
    }
  });

  for (const [what, body] of [
    ['broken JSON', '{"ClientId":'],
    ['an array', '[]'],
    ['a number where text belongs', '{"ClientId":"x","Username":5}'],
    ['text where a list belongs', '{"ClientId":"x","Username":"x","UserAttributes":"x"}'],
    ['a number inside a map', '{"ClientId":"x","AuthFlow":"USER_AUTH","AuthParameters":{"USERNAME":1}}'],
    ['more than a megabyte', JSON.stringify({ ClientId: 'x'.repeat(1024 * 1024) })],
  ] as const) {
    it(`refuses ${what} with SerializationException`, async () => {
      const answer = await post(url, body.includes('AuthFlow') ? 'InitiateAuth' : 'SignUp', body);
      expect(answer.status).to.equal(400);
      expect(answer.body.__type).to.equal('SerializationException');
    });
  }

  it('checks every member before any logic, and lists all violations', async () => {
    const { body } = await signUp({ ClientId: 'not/valid', Username: 'with space', Password: ' ' });
    expect(body).to.deep.equal({
      __type: 'InvalidParameterException',
      message:
        "3 validation errors detected: Value at 'clientId' failed to satisfy constraint: " +
        "Member must satisfy regular expression pattern: [\\w+]+; Value at 'username' failed to satisfy " +
        'constraint: Member must satisfy regular expression pattern: [\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}]+; ' +
        "Value at 'password' failed to satisfy constraint: Member must satisfy regular expression pattern: " +
        '^[\\S]+.*[\\S]+$',
    });
  });

  it('words a single violation in the singular, and echoes only values that are not sensitive', async () => {
    expect(
      (await post(url, 'InitiateAuth', { ClientId: local.ClientId, AuthFlow: 'MAGIC' })).body.message,
    ).to.match(
      /^1 validation error detected: Value 'MAGIC' at 'authFlow' failed to satisfy constraint: Member must satisfy enum value set: \[USER_SRP_AUTH, /,
    );
    expect((await signUp({ Username: ANA, Password: 'x'.repeat(257) })).body.message).to.equal(
      "1 validation error detected: Value at 'password' failed to satisfy constraint: " +
        'Member must have length less than or equal to 256',
    );
  });

  it('treats null as absent, and names the missing member', async () => {
    expect((await signUp({ Username: null })).body.message).to.equal(
      "1 validation error detected: Value null at 'username' failed to satisfy constraint: Member must not be null",
    );
  });

  it('refuses null in a list like a missing member', async () => {
    const { status, body } = await signUp({ Username: ANA, Password: PASSWORD, UserAttributes: [null] });
    expect(status).to.equal(400);
    expect(body.message).to.include("Value null at 'userAttributes.1.member' failed to satisfy constraint");
  });

  it('names the position of an invalid list entry', async () => {
    const { body } = await signUp({ Username: ANA, Password: PASSWORD, UserAttributes: [{}] });
    expect(body.message).to.contain("Value null at 'userAttributes.1.member.name'");
  });

  it('accepts spaces inside a password, as documented', async () => {
    const { status } = await signUp({ Username: 'spaces@example.com', Password: 'Pass word 0' });
    expect(status).to.equal(200);
  });

  it('answers 404 for other paths and other methods', async () => {
    expect((await fetch(`${url}somewhere`)).status).to.equal(404);
    expect((await fetch(url)).status).to.equal(404);
    expect((await fetch(`${url}us-east-1_nobody/.well-known/jwks.json`)).status).to.equal(404);
  });

  it('names the unknown client or pool in ResourceNotFoundException', async () => {
    expect(
      await outcomeOf(local.sdk.signUp({ ClientId: 'nobody', Username: ANA, Password: PASSWORD })),
    ).to.equal('ResourceNotFoundException: User pool client nobody does not exist.');
    expect(await outcomeOf(local.sdk.listUsers({ UserPoolId: 'us-east-1_nobody' }))).to.equal(
      'ResourceNotFoundException: User pool us-east-1_nobody does not exist.',
    );
  });
});
