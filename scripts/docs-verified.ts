import type { Basis, Source } from '../test/real-pool/fact.ts';
import { FACTS } from '../test/real-pool/facts/table.ts';
import { UNCHECKED_FACTS } from '../test/real-pool/facts/unchecked.ts';
import { GENERATED, page, table } from './docs-markdown.ts';

const BASES: Readonly<Record<Basis, string>> = {
  capture: 'an answer of AWS that its users published, named by its address',
  validated: 'a test of another project that its authors also run against AWS',
  documentation: "AWS's guide or API reference; the exact text may still differ",
  report: 'a text that users of AWS quoted, without the whole answer and without an address to cite',
  inference: 'no source answers the question; decided from similar answers',
};

/** `docs/verified.md`. */
export function verifiedPage(): string {
  const count = (basis: Basis): string => String(FACTS.filter(({ source }) => source.basis === basis).length);
  return page([
    GENERATED,
    '# Verified facts',
    `You can check the local user pool against AWS, with your own credentials:

\`\`\`sh
export AWS_REGION=eu-west-1
export COGNITO_TEST_AWS=yes
npm run test:aws
\`\`\``,
    `**This project has not run the check against AWS yet.** \`npm test\` checks each of these ${FACTS.length} facts against the local
user pool only. A fact in this table is a statement about Cognito with its source, not a measurement by this project.`,
    table(
      ['basis', 'meaning', 'facts'],
      (Object.keys(BASES) as Basis[]).map((basis) => [basis, BASES[basis], count(basis)]),
    ),
    '## Run the check',
    `The check is in the repository, not in the package. It makes a user pool and five app clients, and deletes them at the end, also
after a failure. The users have random names at \`example.com\`. An administrator creates them with \`SUPPRESS\`, and the
pool verifies no address. AWS therefore sends no e-mail and no SMS.`,
    table(
      ['setting', 'effect'],
      [
        [
          '`COGNITO_TEST_AWS=yes`, or `-- --yes`',
          'required: without it, the check prints the region and calls nothing',
        ],
        [
          '`COGNITO_USER_POOL_ID`',
          'uses this pool, with app clients and users of its own; a pool that would send messages is refused',
        ],
        ['`AWS_ENDPOINT_URL`', 'another endpoint, such as a local user pool'],
        ['`-- --fact sign-in`', 'only the facts whose id starts so'],
        [
          '`-- --clean`',
          'removes the leftovers of broken runs that are older than an hour, and checks nothing',
        ],
      ],
    ),
    `Each difference is printed as a block: the fact, both values, and its source. Passwords, tokens, addresses and ids are
removed from it. Please open an issue with the block.`,
    '## Facts',
    ...sections(),
    '## Not checked',
    table(
      ['statement', 'reason', 'source'],
      UNCHECKED_FACTS.map(({ statement, reason, source }) => [statement, reason, sourceCell(source)]),
    ),
  ]);
}

function sections(): string[] {
  const groupOf = (id: string): string => id.slice(0, id.indexOf('/'));
  const groups = new Set(FACTS.map(({ id }) => groupOf(id)));
  return [...groups].flatMap((group) => [
    `### ${group}`,
    table(
      ['fact', 'statement', 'source'],
      FACTS.filter(({ id }) => groupOf(id) === group).map(({ id, statement, source }) => [
        `\`${id}\``,
        statement,
        sourceCell(source),
      ]),
    ),
  ]);
}

function sourceCell({ basis, title, url }: Source): string {
  return `${basis}: ${url ? `[${title}](${url})` : title}`;
}
