import { expect } from 'chai';
import { answerWith, startFakeCognito } from '../support/fake-cognito.ts';
import { expectProblem, expectStatus, type Kit, startKit } from '../support/helpers.ts';

describe('Session endpoints', () => {
  let kit: Kit;
  let email: string;
  let here: { accessToken: string; refreshToken: string };
  let there: { accessToken: string; refreshToken: string };
  beforeEach(async () => {
    kit = await startKit();
    ({ email, tokens: here } = await kit.signUpAndIn());
    there = kit.pool.tokensFor(email);
  });
  afterEach(() => kit.close());

  interface Session {
    readonly id: string;
    readonly current: boolean;
    readonly createdAt: string;
    readonly lastActiveAt: string;
  }
  const list = async (accessToken: string, query = ''): Promise<Session[]> =>
    expectStatus(await kit.get(`/sessions${query}`, accessToken), 200).body.sessions;
  const revoke = (id: string, accessToken: string) =>
    kit.request.delete(`/auth/sessions/${id}`).set('Authorization', `Bearer ${accessToken}`);

  it('GET /sessions lists the sessions of the user, and marks the current one', async () => {
    await kit.signUpAndIn();
    const [newest, oldest, ...rest] = await list(here.accessToken);
    expect(rest).to.deep.equal([]);
    expect(newest).to.include({ type: 'token', current: false, clientId: kit.pool.config.clientId });
    expect(oldest).to.include({ current: true });
    expect(newest?.id).to.match(/^tkn[a-z0-9]{25}$/);
    expect(Date.parse(String(newest?.createdAt))).to.be.within(Date.now() - 60_000, Date.now() + 1000);
    expect((await list(there.accessToken)).map(({ current }) => current)).to.deep.equal([true, false]);
  });

  it('DELETE /sessions/:id revokes that session, and keeps the current one valid', async () => {
    const [other] = (await list(here.accessToken)).filter(({ current }) => !current);
    const response = await revoke(String(other?.id), here.accessToken);
    expect(expectStatus(response, 200).body).to.deep.equal({ status: 'revoked' });
    expect(await list(here.accessToken)).to.have.length(1);
    expectProblem(await kit.get('/sessions', there.accessToken), 'invalid_token');
    expectProblem(await kit.post('/refresh', { refreshToken: there.refreshToken }), 'invalid_refresh_token');
    expectStatus(await kit.post('/refresh', { refreshToken: here.refreshToken }), 200);
    expectProblem(await revoke(String(other?.id), here.accessToken), 'not_found');
  });

  it('DELETE /sessions/:id refuses the current session, sessions of other users and malformed IDs', async () => {
    const [own] = (await list(here.accessToken)).filter(({ current }) => current);
    const response = expectProblem(await revoke(String(own?.id), here.accessToken), 'conflict');
    expect(response.body.detail).to.equal('This is the current session. Sign out to revoke it.');
    const { tokens: eve } = await kit.signUpAndIn();
    expectProblem(await revoke(String(own?.id), eve.accessToken), 'not_found');
    for (const id of ['1', 'TKN0A1B2C3D4E5F6G7H8I9J0K1L2', 'tkn0a1b2c3d4e5f6g7h8i9j0k1l23'])
      expectProblem(await revoke(id, here.accessToken), 'validation_failed');
    expectProblem(await kit.request.delete(`/auth/sessions/${own?.id}`), 'missing_token');
  });

  it('GET /sessions states the time of the last refresh', async () => {
    kit.pool.clock.advance(600_000);
    expectStatus(await kit.post('/refresh', { refreshToken: here.refreshToken }), 200);
    const [mine] = (await list(here.accessToken)).filter(({ current }) => current);
    const idle = Date.parse(String(mine?.lastActiveAt)) - Date.parse(String(mine?.createdAt));
    expect(idle).to.be.within(599_000, 660_000);
  });

  it('GET /sessions returns pages of 20, and validates nextToken', async () => {
    for (let i = 0; i < 25; i++) kit.pool.tokensFor(email);
    const first = expectStatus(await kit.get('/sessions', here.accessToken), 200).body;
    expect(first.sessions).to.have.length(20);
    const rest = await list(here.accessToken, `?nextToken=${encodeURIComponent(first.nextToken)}`);
    expect(rest).to.have.length(7);
    for (const query of ['?nextToken=', '?nextToken=a&nextToken=b', '?nextToken[a]=b', '?other=1'])
      expectProblem(await kit.get(`/sessions${query}`, here.accessToken), 'validation_failed');
    expectProblem(await kit.get('/sessions?nextToken=unknown', here.accessToken), 'rejected_by_pool');
  });
});

describe('Sessions as Cognito describes them', () => {
  it('known members are returned, and missing ones are omitted', async () => {
    const fake = await startFakeCognito(
      answerWith({
        Sessions: [
          {
            SessionId: 'sso0a1b2c3d4e5f6g7h8i9j0k1l2',
            SessionType: 'SSO',
            ClientId: 'abc',
            CreateDate: 1793524800,
            LastActiveDate: 1793524800.5,
            DeviceType: 'Firefox',
            LastIPAddress: '192.0.2.7',
            LastLocation: { City: 'London', Country: 'United Kingdom' },
          },
          {},
        ],
        NextToken: 'more',
      }),
    );
    expect((await fake.app().call('listSessions')).body).to.deep.equal({
      sessions: [
        {
          id: 'sso0a1b2c3d4e5f6g7h8i9j0k1l2',
          type: 'sso',
          current: false,
          clientId: 'abc',
          createdAt: '2026-11-01T09:20:00.000Z',
          lastActiveAt: '2026-11-01T09:20:00.500Z',
          device: 'Firefox',
          ip: '192.0.2.7',
          location: { city: 'London', country: 'United Kingdom' },
        },
        { current: false },
      ],
      nextToken: 'more',
    });
    await fake.close();
  });
});
