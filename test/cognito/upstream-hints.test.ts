import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { upstreamFault } from '../../src/cognito/classify-error.ts';
import { ERROR_MAP, EXCEPTION_NAMES } from '../../src/cognito/error-map.ts';
import { atLeast } from '../support/at-least.ts';
import { type FakeApp, type FakeCognito, fail, startFakeCognito } from '../support/fake-cognito.ts';
import { expectProblem } from '../support/helpers.ts';
import { captureLog } from '../support/log-capture.ts';
import { OPERATION_CALLERS } from '../support/operation-callers.ts';
import { LOGGED_TEXTS, UPSTREAM_TEXTS } from '../support/upstream-texts.ts';

const LEVELS = { info: 30, warn: 40, error: 50 };

describe('The log line of a known text of Cognito', () => {
  const log = captureLog();
  let fake: FakeCognito;
  let app: FakeApp;
  before(async () => {
    fake = await startFakeCognito();
    app = fake.app({ logger: log.logger, concealUserExistence: false });
  });
  after(() => fake.close());
  beforeEach(() => log.clear());

  for (const [exception, operation, text, code, level, hint] of UPSTREAM_TEXTS) {
    it(`has the level ${level} and ${hint === 'none needed' ? 'no hint' : 'a hint'} for ${exception} "${text}" of ${operation}`, async () => {
      fake.answer = fail(exception, text);
      expectProblem(await app.call(...OPERATION_CALLERS[operation]), code);
      const line = log.lines().at(-1);
      expect(line).to.include({ exception, code, level: LEVELS[level] });
      if (text !== '') expect(line?.upstreamMessage).to.be.a('string');
      if (hint === 'none needed') expect(line).to.not.have.property('hint');
      else expect(line?.hint).to.match(hint);
    });
  }

  it('is in the table for every exception of the SDK and every rule of the error map', () => {
    const named = new Set(UPSTREAM_TEXTS.map(([exception]) => exception));
    expect(EXCEPTION_NAMES.filter((name) => !named.has(name))).to.deep.equal([]);
    const met = new Set(
      [...UPSTREAM_TEXTS, ...LOGGED_TEXTS].map(([name, operation, text]) =>
        ERROR_MAP.find(
          (rule) =>
            rule.exception === name &&
            (rule.operations?.includes(operation) ?? true) &&
            (rule.message?.test(text) ?? true),
        ),
      ),
    );
    expect(ERROR_MAP.filter((rule) => !met.has(rule))).to.deep.equal([]);
  });

  it('names an existing page and heading in every hint', () => {
    const hints = atLeast(
      25,
      ERROR_MAP.flatMap(({ hint }) => hint ?? []),
    );
    for (const hint of hints) {
      const [, page = '', heading = ''] = /\. See (docs\/[\w-]+\.md)#([\w-]+)$/.exec(hint) ?? [];
      const headings = [...readFileSync(page, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
        title
          .toLowerCase()
          .replace(/[^\w -]/g, '')
          .replace(/ /g, '-'),
      );
      expect(headings, hint).to.include(heading);
    }
  });

  it('has no hint for a text that only resembles a known one', () => {
    const plain = Object.assign(new Error('Something new.'), { name: 'InvalidParameterException' });
    expect(upstreamFault(plain, 'SignUp')).to.not.have.property('hint');
  });
});
