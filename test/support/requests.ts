import { CHALLENGES } from '../../src/endpoints/challenges.ts';
import type { Endpoint } from '../../src/endpoints/endpoint.ts';
import { ENDPOINTS } from '../../src/endpoints/table.ts';
import { atLeast } from './at-least.ts';

/** A sample request to an endpoint, or to the challenge endpoint for one challenge. */
export interface SampleRequest {
  /** A name, such as `signUp` or `challenge SOFTWARE_TOKEN_MFA`. */
  readonly title: string;
  readonly endpoint: Endpoint;
  readonly method: Endpoint['method'];
  /** A path, such as `/auth/sign-up`, with the parameters of the example. */
  readonly path: string;
  /** A body that is valid with the default settings. */
  readonly body: Readonly<Record<string, unknown>> | undefined;
}

const ANSWERS: Readonly<Record<string, object>> = {
  NEW_PASSWORD_REQUIRED: { newPassword: 'Correct-horse-7', attributes: { name: 'Ada' } },
  SOFTWARE_TOKEN_MFA: { confirmationCode: '123456' },
  CUSTOM_CHALLENGE: { answer: 'swordfish' },
  SMS_MFA: { confirmationCode: '123456' },
  EMAIL_OTP: { confirmationCode: '123456' },
  SMS_OTP: { confirmationCode: '12345678' },
  SELECT_CHALLENGE: { challenge: 'PASSWORD', password: 'Correct-horse-7' },
  PASSWORD: { password: 'Correct-horse-7' },
  PASSWORD_SRP: { password: 'Correct-horse-7' },
  WEB_AUTHN: {
    credential: {
      id: 'b3ZlciAxMDAgbGlmZXRpbWVz',
      rawId: 'b3ZlciAxMDAgbGlmZXRpbWVz',
      type: 'public-key',
      clientExtensionResults: {},
      response: { clientDataJSON: 'e30', authenticatorData: 'AAAA', signature: 'AAAA' },
    },
  },
  SELECT_MFA_TYPE: { mfaType: 'EMAIL_OTP' },
  MFA_SETUP: { email: 'ada@example.com' },
  DEVICE_SRP_AUTH: {
    device: {
      deviceKey: 'us-east-1_a1b2c3d4-5678-90ab-cdef-0123456789ab',
      deviceGroupKey: '-a1B2c3D4',
      devicePassword: 'c2VjcmV0IG9mIHRoZSBkZXZpY2U=',
    },
  },
};

/** Returns the path of an endpoint, with the parameters of its example. */
export function pathOf({ path, example }: Endpoint, params: Readonly<Record<string, string>> = {}): string {
  return path.replace(/:(\w+)/g, (_all, name: string) =>
    encodeURIComponent({ ...example.params, ...params }[name] ?? ''),
  );
}

const requests: readonly SampleRequest[] = ENDPOINTS.flatMap((endpoint): SampleRequest[] => {
  const { name, method, example } = endpoint;
  const sample = { title: name, endpoint, method, path: `/auth${pathOf(endpoint)}` };
  if (name !== 'respondToChallenge') {
    return [{ ...sample, body: endpoint.body && { ...example.request } }];
  }
  return Object.keys(CHALLENGES).map((challenge) => ({
    ...sample,
    title: `challenge ${challenge}`,
    body: {
      name: challenge,
      session: 'a-session-of-twenty-characters-and-more',
      username: 'ada',
      ...answerTo(challenge),
    },
  }));
});

/** One request for every endpoint and every challenge. */
export const SAMPLE_REQUESTS: readonly SampleRequest[] = atLeast(40, requests);

export const SAMPLE_POSTS: readonly (SampleRequest & { body: object })[] = atLeast(
  30,
  SAMPLE_REQUESTS.filter(
    (request): request is SampleRequest & { body: Record<string, unknown> } => request.body !== undefined,
  ),
);

function answerTo(challenge: string): object {
  const answer = ANSWERS[challenge];
  if (!answer)
    throw new Error(`Give ${challenge} an answer here, so that every test which walks the table tries it.`);
  return answer;
}
