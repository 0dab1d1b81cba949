import { expect } from 'chai';
import { ANA, closeAll, codeFor, PASSWORD, startLocal } from '../../support/local-sdk.ts';

describe('Local pool: aliases in trigger events', () => {
  afterEach(closeAll);

  /** Signs up, and returns the attributes in the event of postConfirmation. */
  async function confirmedWith(pool: object, Username: string): Promise<object> {
    let heard: object = {};
    const local = await startLocal({
      pool,
      triggers: {
        postConfirmation: (event) => {
          heard = event.request.userAttributes;
          return event;
        },
      },
    });
    const { sdk, ClientId } = local;
    const UserAttributes = [
      { Name: 'email', Value: ANA },
      { Name: 'phone_number', Value: '+12065550100' },
    ];
    await sdk.signUp({ ClientId, Username, Password: PASSWORD, UserAttributes });
    await sdk.confirmSignUp({ ClientId, Username, ConfirmationCode: codeFor(local) });
    return heard;
  }

  it('have a member of their own for a verified address, and none for another one', async () => {
    const heard = await confirmedWith(
      { AliasAttributes: ['email', 'phone_number', 'preferred_username'] },
      'ana',
    );
    expect(heard).to.include({ email: ANA, email_verified: 'true', 'cognito:email_alias': ANA });
    expect(heard).to.not.have.property('cognito:phone_number_alias');
  });

  it('have none where users sign in with their address', async () => {
    expect(await confirmedWith({}, ANA)).to.not.have.property('cognito:email_alias');
  });
});
