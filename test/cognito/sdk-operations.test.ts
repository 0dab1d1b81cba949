import * as sdk from '@aws-sdk/client-cognito-identity-provider';
import { expect } from 'chai';
import { ENDPOINTS } from '../../src/endpoints/table.ts';
import { operationsOf } from '../../src/openapi/document.ts';

/** Superseded by SetUserMFAPreference; AWS says not to use it. */
const LEGACY = ['SetUserSettings'];

/** Operations that the installed SDK sends unsigned. */
function publicOperations(): string[] {
  const client = new sdk.CognitoIdentityProviderClient({ region: 'us-east-1' });
  const { httpAuthSchemeProvider } = client.config;
  client.destroy();
  return Object.keys(sdk)
    .filter((name) => name.endsWith('Command') && name !== '$Command')
    .map((name) => name.slice(0, -'Command'.length))
    .filter((operation) =>
      httpAuthSchemeProvider({ operation, region: 'us-east-1' } as never).some(
        ({ schemeId }) => schemeId === 'smithy.api#noAuth',
      ),
    );
}

describe('Operations of Cognito without AWS credentials', () => {
  const served = new Set<string>(ENDPOINTS.flatMap(operationsOf));

  it('are listed by the installed SDK, without the signed operations', () => {
    const operations = publicOperations();
    expect(operations).to.include.members(['SignUp', 'InitiateAuth', 'GetUser', ...LEGACY]);
    for (const signed of ['AdminGetUser', 'CreateUserPool', 'ListUsers'])
      expect(operations).to.not.include(signed);
    expect(operations.length).to.be.within(34, 60);
  });

  it('have an endpoint each, except the legacy ones', () => {
    const missing = publicOperations().filter((operation) => !served.has(operation));
    expect(missing).to.deep.equal(LEGACY);
  });
});
