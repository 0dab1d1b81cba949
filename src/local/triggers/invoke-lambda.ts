import type { CognitoError } from '../model/errors.ts';
import { type LambdaFunction, warnOfFailure } from './lambda-config.ts';
import { failedTrigger, invalidTriggerJson, TIMEOUT_MS, timedOut, uninvoked } from './trigger-errors.ts';

/** Cognito repeats an invocation that timed out. */
const MAX_ATTEMPTS = 3;

/** Lambda's exceptions, by their status. */
const EXCEPTIONS: Readonly<Record<number, string>> = {
  403: 'AccessDeniedException',
  404: 'ResourceNotFoundException',
  429: 'TooManyRequestsException',
};

/**
 * Invokes a function through the Lambda Invoke API, and returns its unchecked result. The client gets Cognito's words; the
 * cause and its fix are in a warning.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
 */
export async function invokeLambda(title: string, to: LambdaFunction, event: object): Promise<unknown> {
  const fail = (cause: string, fix: string, error: CognitoError): CognitoError => {
    warnOfFailure(title, `${cause}. ${fix}. See docs/local-user-pool.md#functions-in-another-process`);
    return error;
  };
  const answer = await send(to, event).catch((error: unknown) => {
    if (to.closing.aborted) throw uninvoked(title, 'ServiceException');
    if (error instanceof InvocationTimeout) {
      const cause = `${to.arn} gave no answer within ${TIMEOUT_MS / 1000} s, ${MAX_ATTEMPTS} times`;
      throw fail(cause, 'Make the function faster, or keep its container warm', timedOut(title));
    }
    const cause = `${to.endpoint} cannot be reached (${codeIn(error)})`;
    const fix = 'Start the server of the functions, or correct lambdaEndpoint';
    throw fail(cause, fix, uninvoked(title, 'ServiceException'));
  });
  if (answer.status === 404) {
    const fix = `Deploy a function of the name "${nameIn(to.arn).name}" there, or correct the ARN in LambdaConfig`;
    throw fail(
      `${to.endpoint} has no function ${to.arn} (404)`,
      fix,
      uninvoked(title, 'ResourceNotFoundException'),
    );
  }
  if (!answer.ok) {
    const exception = EXCEPTIONS[answer.status] ?? 'ServiceException';
    const { qualifier } = nameIn(to.arn);
    // `sam local start-lambda` refuses a query.
    const fix =
      answer.status === 400 && qualifier !== undefined
        ? `Remove the qualifier "${qualifier}" from the ARN in LambdaConfig`
        : 'Look at the log of that server';
    throw fail(`${to.endpoint} answered ${answer.status}`, fix, uninvoked(title, exception));
  }
  const result = parsed(answer.text);
  if (result === undefined) {
    const fix = 'Check that lambdaEndpoint is a server of the Lambda Invoke API';
    throw fail(`${to.endpoint} answered with text that is not JSON`, fix, invalidTriggerJson());
  }
  if (answer.isFunctionError || isErrorPayload(result)) throw failedTrigger(title, messageIn(result));
  return result;
}

class InvocationTimeout extends Error {}

interface Answer {
  readonly ok: boolean;
  readonly status: number;
  readonly isFunctionError: boolean;
  readonly text: string;
}

async function send({ endpoint, arn, closing }: LambdaFunction, event: object): Promise<Answer> {
  const { name, qualifier, region, account } = nameIn(arn);
  const query = qualifier === undefined ? '' : `?Qualifier=${encodeURIComponent(qualifier)}`;
  const base = endpoint.replace(/\/+$/, '');
  const url = `${base}/2015-03-31/functions/${encodeURIComponent(name)}/invocations${query}`;
  const today = new Date().toISOString().slice(0, 10).replaceAll('-', '');
  const request: RequestInit = {
    method: 'POST',
    redirect: 'manual',
    headers: {
      'Content-Type': 'application/json',
      'X-Amz-Invocation-Type': 'RequestResponse',
      // Emulators read the region and the account from the scope of a signature, and do not verify it.
      Authorization: `AWS4-HMAC-SHA256 Credential=${account}/${today}/${region}/lambda/aws4_request, SignedHeaders=host, Signature=${'0'.repeat(64)}`,
    },
    body: JSON.stringify(event),
  };
  for (let attempt = 1; ; attempt += 1) {
    // Node 20 may collect the signals of AbortSignal.any() as garbage, and then nothing ends the request.
    const limit = new AbortController();
    const close = (): void => limit.abort();
    const timer = setTimeout(() => limit.abort(new InvocationTimeout()), TIMEOUT_MS).unref();
    closing.addEventListener('abort', close);
    try {
      closing.throwIfAborted();
      const response = await fetch(url, { ...request, signal: limit.signal });
      return {
        ok: response.ok,
        status: response.status,
        isFunctionError: response.headers.has('x-amz-function-error'),
        text: await response.text(),
      };
    } catch (error) {
      if (!(error instanceof InvocationTimeout) || attempt === MAX_ATTEMPTS) throw error;
    } finally {
      clearTimeout(timer);
      closing.removeEventListener('abort', close);
    }
  }
}

/** Servers such as `sam local start-lambda` know functions by name, not by ARN. */
function nameIn(arn: string): {
  readonly name: string;
  readonly qualifier: string | undefined;
  readonly region: string;
  readonly account: string;
} {
  const [, , , region = '', account = '', , name = arn, qualifier] = arn.split(':');
  return { name, qualifier, region, account };
}

/** Some servers omit the header X-Amz-Function-Error. */
function isErrorPayload(result: unknown): boolean {
  return typeof result === 'object' && result !== null && 'errorMessage' in result && !('response' in result);
}

function messageIn(result: unknown): string {
  const { errorMessage = '' } = (result ?? {}) as { readonly errorMessage?: unknown };
  return String(errorMessage);
}

function parsed(text: string): unknown {
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The code of a network error. The text of the error could quote the event. */
function codeIn(error: unknown): string {
  const { cause } = (error ?? {}) as { readonly cause?: { readonly code?: unknown } };
  return typeof cause?.code === 'string' ? cause.code : 'no connection';
}
