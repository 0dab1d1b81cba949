import { expect } from 'chai';
import { ANA, closeAll, type Local, PASSWORD, post, startLocal } from '../../support/local-sdk.ts';

const SIGNED = { authorization: 'AWS4-HMAC-SHA256 Credential=local' };
const OBJECT = 'Start of structure or map found where not expected.';
const ARRAY = 'Start of list found where not expected';

describe('A request of the wrong form to the local user pool', () => {
  let local: Local;
  let url: string;
  before(async () => {
    local = await startLocal({ users: [{ username: ANA, password: PASSWORD }] });
    url = `${local.pool.url}/`;
  });
  after(closeAll);

  const signUp = (members: object) =>
    post(url, 'SignUp', { ClientId: local.ClientId, Username: 'new@example.com', ...members });
  const initiateAuth = (members: object) =>
    post(url, 'InitiateAuth', { ClientId: local.ClientId, AuthFlow: 'USER_PASSWORD_AUTH', ...members });
  const listUsers = (members: object) =>
    post(url, 'ListUsers', { UserPoolId: local.UserPoolId, ...members }, SIGNED);
  const describePool = (body: unknown) => post(url, 'DescribeUserPool', body, SIGNED);
  const adminCreate = (members: object) =>
    post(url, 'AdminCreateUser', { UserPoolId: local.UserPoolId, Username: 'x', ...members }, SIGNED);

  // The texts were captured on AWS (amplify-js#4738, amplify-js#5165, and the same framework at Athena).
  for (const [what, send, text] of [
    ['a number for a text', () => signUp({ Password: 5 }), 'NUMBER_VALUE can not be converted to a String'],
    ['true for a text', () => signUp({ Password: true }), 'TRUE_VALUE can not be converted to a String'],
    ['false for a text', () => signUp({ Password: false }), 'FALSE_VALUE can not be converted to a String'],
    ['an object for a text', () => signUp({ Password: {} }), OBJECT],
    ['a list for a text', () => signUp({ Password: [] }), ARRAY],
    [
      'a text for a number',
      () => listUsers({ Limit: '5' }),
      'STRING_VALUE can not be converted to an Integer',
    ],
    ['true for a number', () => listUsers({ Limit: true }), 'TRUE_VALUE can not be converted to an Integer'],
    ['an object for a number', () => listUsers({ Limit: {} }), OBJECT],
    [
      'a number for a flag',
      () => adminCreate({ ForceAliasCreation: 1 }),
      'NUMBER_VALUE can not be converted to a Boolean',
    ],
    ['a text for a list', () => signUp({ UserAttributes: 'x' }), 'Expected list or null'],
    ['an object for a list', () => signUp({ UserAttributes: {} }), OBJECT],
    ['a text for a map', () => initiateAuth({ AuthParameters: 'x' }), 'Expected map or null'],
    ['a list for a map', () => initiateAuth({ AuthParameters: [] }), ARRAY],
    [
      'a number in a map',
      () => initiateAuth({ AuthParameters: { USERNAME: 1 } }),
      'NUMBER_VALUE can not be converted to a String',
    ],
    ['a text for a structure', () => signUp({ UserContextData: 'x' }), 'Expected null'],
    ['a list for a structure', () => signUp({ UserContextData: [] }), ARRAY],
    ['a list for the body', () => describePool('[]'), ARRAY],
    ['null for the body', () => describePool('null'), 'The request body is not a JSON object'],
    ['no body', () => describePool(''), 'The request body is not valid JSON'],
  ] as const) {
    it(`with ${what} is refused with the text of AWS in Message (case W1)`, async () => {
      const { status, headers, body } = await send();
      expect(status).to.equal(400);
      expect(headers.get('x-amzn-errortype')).to.equal('SerializationException:');
      expect(body).to.deep.equal({ __type: 'SerializationException', Message: text });
    });
  }

  it('is refused for its types before its constraints (case W1)', async () => {
    const { body } = await signUp({ Username: '', Password: 5 });
    expect(body.__type).to.equal('SerializationException');
  });

  it('with a decimal for a number is answered for the whole part (case W2)', async () => {
    await local.sdk.adminCreateUser({ UserPoolId: local.UserPoolId, Username: 'second@example.com' });
    const { status, body } = await listUsers({ Limit: 1.9 });
    expect(status).to.equal(200);
    expect(body.Users).to.have.lengthOf(1);
    const rest = await listUsers({ Limit: 1.9, PaginationToken: body.PaginationToken });
    expect(rest.body.Users).to.have.lengthOf(1);
  });

  for (const type of [
    'text/plain;charset=UTF-8',
    'application/x-www-form-urlencoded',
    'application/json',
    'x',
  ]) {
    it(`with the content type ${type} is refused before the operation runs (case W3)`, async () => {
      const { status, body } = await post(
        url,
        'SignUp',
        { ClientId: local.ClientId, Username: 'typed@example.com', Password: PASSWORD },
        { 'content-type': type },
      );
      expect(status).to.equal(404);
      expect(body).to.deep.equal({
        __type: 'UnknownOperationException',
        message: `The API takes Content-Type: application/x-amz-json-1.1. It was ${type}.`,
      });
      const { Users } = await local.sdk.listUsers({
        UserPoolId: local.UserPoolId,
        Filter: 'email = "typed@example.com"',
      });
      expect(Users).to.deep.equal([]);
    });
  }

  it('with a charset in its content type is answered', async () => {
    const { status } = await post(
      url,
      'DescribeUserPool',
      { UserPoolId: local.UserPoolId },
      { ...SIGNED, 'content-type': 'Application/X-Amz-Json-1.1; charset=utf-8' },
    );
    expect(status).to.equal(200);
  });

  it('to another service of AWS is refused with the name of the operation (case W4)', async () => {
    const target = 'AWSCognitoIdentityService.GetId';
    const { status, body } = await post(url, 'GetId', {}, { 'x-amz-target': target });
    expect(status).to.equal(400);
    expect(body).to.deep.equal({
      __type: 'UnknownOperationException',
      message: `The local user pool does not serve ${target}.`,
    });
  });

  it('in the query protocol is refused with a hint at X-Amz-Target (case W4)', async () => {
    const response = await fetch(url, { method: 'POST', body: new URLSearchParams({ Action: 'SignUp' }) });
    expect(response.status).to.equal(400);
    expect(await response.text()).to.include('X-Amz-Target: AWSCognitoIdentityProviderService.');
  });
});
