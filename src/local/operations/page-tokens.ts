import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { invalidParameter } from '../model/errors.ts';
import { checkInput } from '../wire/input.ts';
import type { Operation, OperationTable } from './operation.ts';

const TOKENS = ['NextToken', 'PaginationToken'] as const;
/** Members that may differ between two pages of a list. */
const FREE: readonly string[] = [...TOKENS, 'AccessToken', 'Limit', 'MaxResults'];
const KEY = randomBytes(32);
const TAG_LENGTH = 22;

type Members = Readonly<Record<string, unknown>>;

/** Binds the pagination tokens of each operation to it and to its other parameters, as Cognito does. */
export function bindingPageTokens(operations: OperationTable): OperationTable {
  const bound = Object.entries(operations).map(([name, operation]) => {
    const member = TOKENS.find((each) => Object.hasOwn(operation.shape, each));
    return [name, member ? withBoundToken(name, operation, member) : operation] as const;
  });
  return Object.fromEntries(bound);
}

function withBoundToken(name: string, operation: Operation, member: (typeof TOKENS)[number]): Operation {
  return {
    ...operation,
    async run(service, body) {
      const input = checkInput(operation.shape, body) as Members;
      const request = JSON.stringify([
        name,
        ...Object.entries(input)
          .filter(([key]) => !FREE.includes(key))
          .sort(),
      ]);
      const given = input[member];
      const answer = (await operation.run(
        service,
        given === undefined ? body : { ...input, [member]: opened(String(given), request) },
      )) as Members;
      const next = answer[member];
      return next === undefined
        ? answer
        : { ...answer, [member]: `${tagOf(String(next), request)}${String(next)}` };
    },
  };
}

/** Returns the position in a token of an earlier page. */
function opened(token: string, request: string): string {
  const position = token.slice(TAG_LENGTH);
  const tag = Buffer.from(tagOf(position, request));
  const given = Buffer.from(token.slice(0, TAG_LENGTH));
  if (given.length === tag.length && timingSafeEqual(given, tag)) return position;
  throw invalidParameter('Invalid pagination token.');
}

function tagOf(position: string, request: string): string {
  return createHmac('sha256', KEY).update(`${position}\n${request}`).digest('base64url').slice(0, TAG_LENGTH);
}
