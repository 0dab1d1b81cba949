const { startApp } = require('./app.js');

jest.mock('@aws-sdk/client-cognito-identity-provider', () => {
  const sdk = jest.requireActual('@aws-sdk/client-cognito-identity-provider');
  class MockedClient extends sdk.CognitoIdentityProviderClient {
    send = async () => ({ UserConfirmed: false, UserSub: 'the mock' });
  }
  return { ...sdk, CognitoIdentityProviderClient: MockedClient };
});

test('a mock of the AWS SDK reaches the kit', async () => {
  const { url, close } = await startApp({
    userPoolId: 'us-east-1_AbCdEfGhI',
    clientId: '1example23456789',
    concealUserExistence: false,
    logger: false,
  });
  const response = await fetch(`${url}/auth/sign-up`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: 'ada@example.com', password: 'Correct-horse-7' }),
  });
  close();
  expect(response.status).toBe(200);
});
