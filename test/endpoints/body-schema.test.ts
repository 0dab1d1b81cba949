import { expect } from 'chai';
import { parseConfig } from '../../src/config/settings.ts';
import { withoutExtraFields } from '../../src/endpoints/body-schema.ts';
import { fieldNamesOf } from '../../src/endpoints/field-names.ts';
import { loadJoi } from '../../src/endpoints/joi.ts';
import { signIn } from '../../src/endpoints/sign-in.ts';
import { signUp } from '../../src/endpoints/sign-up.ts';
import { ALL_ENDPOINTS } from '../../src/endpoints/table.ts';

describe('withoutExtraFields()', () => {
  const settings = parseConfig(
    {
      userPoolId: 'us-east-1_AbCdEfGhI',
      clientId: '1example23456789',
      extraFields: { signUp: ['inviteCode'] },
    },
    {},
  );
  const body = { email: 'ada@example.com', inviteCode: 'FRIENDS' };

  it('removes the fields of the app from the body that the endpoint gets', () => {
    expect(withoutExtraFields(body, signUp, settings)).to.deep.equal({ email: 'ada@example.com' });
  });

  it('returns the same body for an endpoint without fields of the app', () => {
    expect(withoutExtraFields(body, signIn, settings)).to.equal(body);
  });
});

describe('Field names of the kit', () => {
  before(loadJoi);

  for (const endpoint of ALL_ENDPOINTS) {
    if (!endpoint.body) continue;
    it(`are those of the schema of ${endpoint.name}, under the options that add fields`, () => {
      const settings = parseConfig(
        {
          userPoolId: 'us-east-1_AbCdEfGhI',
          clientId: '1example23456789',
          signInWith: ['email', 'phoneNumber', 'username'],
          transport: 'both',
          authFlow: 'USER_AUTH',
          autoSignIn: true,
          allowedClientMetadata: ['any'],
        },
        {},
      );
      const schema = endpoint.body?.(settings);
      const variants = schema && 'schemas' in schema ? Object.values(schema.schemas) : [schema];
      const names = variants.flatMap((each) => Object.keys(each?.describe().keys ?? {}));
      const readEverywhere = ['clientMetadata', 'encodedData', 'refreshToken', 'session', 'transport'];
      expect([...fieldNamesOf(endpoint.name)]).to.have.members([...new Set([...names, ...readEverywhere])]);
    });
  }
});
