import { expect } from 'chai';
import { controlRefusal } from '../../../src/local/control/control-access.ts';

describe('The address of a caller of control', () => {
  const headers = { host: '127.0.0.1:9229' };

  for (const address of ['127.0.0.1', '127.8.9.10', '::1', '::ffff:127.0.0.1']) {
    it(`${address} is accepted as loopback`, () => {
      expect(controlRefusal({ address, headers })).to.equal(undefined);
    });
  }

  for (const address of ['192.168.1.10', '172.17.0.1', '::ffff:10.0.0.1', 'fe80::1', '127.evil', undefined]) {
    it(`${address} is refused, even with a loopback host`, () => {
      expect(controlRefusal({ address, headers })).to.match(/programs on the same machine/);
    });
  }
});
