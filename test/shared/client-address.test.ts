import { expect } from 'chai';
import express from 'express';
import type { AuthEvent } from '../../src/config/events.ts';
import { clientAddress } from '../../src/shared/client-address.ts';
import { type FakeCognito, startFakeCognito, succeed } from '../support/fake-cognito.ts';
import { type Kit, PASSWORD, startKit } from '../support/helpers.ts';

const FORMS: Readonly<Record<string, string | undefined>> = {
  '198.51.100.7': '198.51.100.7',
  '198.51.100.7:50123': '198.51.100.7',
  '2001:db8::7': '2001:db8::7',
  '[2001:db8::7]': '2001:db8::7',
  '[2001:db8::7]:50123': '2001:db8::7',
  'fe80::7%eth0': 'fe80::7',
  '::ffff:198.51.100.7': '198.51.100.7',
  '[::ffff:198.51.100.7]:50123': '198.51.100.7',
  unknown: undefined,
  _hidden: undefined,
  '198.51.100.7:port': undefined,
  '198.51.100.700': undefined,
  '': undefined,
};

describe("The client's address", () => {
  it('is the IP address alone, in every form in which proxies write it (case B10)', () => {
    for (const [given, address] of Object.entries(FORMS)) {
      expect(clientAddress(given), given).to.equal(address);
    }
    expect(clientAddress(undefined)).to.equal(undefined);
  });

  describe('in X-Forwarded-For', () => {
    let fake: FakeCognito;
    let kit: Kit;
    const events: AuthEvent[] = [];

    before(async () => {
      fake = await startFakeCognito();
      fake.answer = succeed;
      kit = await startKit({
        config: {
          ...fake.issuer.config,
          endpoint: fake.url,
          clientSecret: 'aVerySecretClientSecret0123456789',
          sendIpAddress: true,
          onEvent: (event) => void events.push(event),
        },
        app: (auth) => express().set('trust proxy', 1).use('/auth', auth),
      });
    });
    after(() => fake.close());

    it('reaches Cognito and the events without its port, or not at all (case B10)', async () => {
      for (const [given, address] of Object.entries(FORMS).filter(([form]) => form !== '')) {
        const body = { email: 'ada@example.com', password: PASSWORD };
        await kit.post('/sign-in', body).set('X-Forwarded-For', given).expect(200);
        const context = fake.requests.at(-1)?.input.UserContextData as { IpAddress?: string } | undefined;
        expect(context?.IpAddress, given).to.equal(address);
        expect(events.at(-1)?.ip, given).to.equal(address);
      }
    });
  });
});
