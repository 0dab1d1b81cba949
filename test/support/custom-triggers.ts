import type {
  CreateAuthChallengeEvent,
  DefineAuthChallengeEvent,
  Triggers,
  VerifyAuthChallengeResponseEvent,
} from '../../src/local/model/triggers.ts';

/** The correct answer to the custom challenge. */
export const ANSWER = 'swordfish';

/** Triggers, and the events that they received, in order. */
export interface CustomTriggers {
  readonly triggers: Triggers;
  readonly defined: DefineAuthChallengeEvent[];
  readonly created: CreateAuthChallengeEvent[];
  readonly verified: VerifyAuthChallengeResponseEvent[];
}

/**
 * Handlers like those of the AWS guide: a custom challenge after the password, if there is one, with three attempts.
 * They treat an unknown user in the same way.
 */
export function customTriggers(): CustomTriggers {
  const defined: DefineAuthChallengeEvent[] = [];
  const created: CreateAuthChallengeEvent[] = [];
  const verified: VerifyAuthChallengeResponseEvent[] = [];
  return {
    defined,
    created,
    verified,
    triggers: {
      defineAuthChallenge: async (event) => {
        defined.push(structuredClone(event));
        const { session } = event.request;
        const last = session.at(-1);
        const tries = session.filter(({ challengeName }) => challengeName === 'CUSTOM_CHALLENGE');
        const right = last?.challengeName === 'CUSTOM_CHALLENGE' && last.challengeResult;
        event.response.issueTokens = right;
        event.response.failAuthentication = !right && tries.length >= 3;
        if (last?.challengeName === 'SRP_A') event.response.challengeName = 'PASSWORD_VERIFIER';
        else if (!right && tries.length < 3) event.response.challengeName = 'CUSTOM_CHALLENGE';
        return event;
      },
      // Synchronous, and returns a new event.
      createAuthChallenge: (event) => {
        created.push(structuredClone(event));
        return {
          ...event,
          response: {
            publicChallengeParameters: { question: 'The word?', tries: event.request.session.length },
            privateChallengeParameters: { answer: ANSWER },
            challengeMetadata: 'WORD',
          },
        };
      },
      // Uses a callback.
      verifyAuthChallengeResponse: (
        event: VerifyAuthChallengeResponseEvent,
        _context: object,
        callback: (error: Error | null, event?: object) => void,
      ) => {
        verified.push(structuredClone(event));
        const { challengeAnswer, privateChallengeParameters } = event.request;
        event.response.answerCorrect = challengeAnswer === privateChallengeParameters.answer;
        setImmediate(() => callback(null, event));
      },
    },
  };
}
