import { createServer } from 'node:http';
import { expect } from 'chai';
import { sendFaulty } from '../../../src/local/http/fault-answers.ts';
import { success } from '../../../src/local/wire/answer.ts';
import { listen } from '../../support/helpers.ts';
import { head, sendRaw } from '../../support/raw-http.ts';

describe('A delayed answer of a local pool', () => {
  async function answered(answer: Parameters<typeof sendFaulty>[2]): Promise<number | undefined> {
    const server = await listen(
      createServer((_req, res) => void sendFaulty(res, { kind: 'delay', ms: 20 }, answer)),
    );
    try {
      return (await sendRaw(server.url, head('/')))?.status;
    } finally {
      await server.close();
    }
  }

  it('is the right answer', async () => {
    expect(await answered(async () => success({}))).to.equal(200);
  });

  it('closes the connection when there is no answer', async () => {
    expect(await answered(() => Promise.reject(new Error('out of order')))).to.equal(undefined);
  });
});
