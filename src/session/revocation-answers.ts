import type { Problem } from '../shared/problem.ts';
import { processState } from '../shared/process-state.ts';

interface Answer {
  /** Undefined for a token that is not revoked. */
  readonly refusal: Problem | undefined;
  /** On the monotonic clock. An answer is as old as its question, because a revocation may overtake it. */
  readonly askedAt: number;
}

/**
 * The last answers of shared stores about tokens. The keys are the entries of the cache of verified tokens, and an answer
 * lives no longer than its entry.
 */
export class RevocationAnswers {
  #stores = new WeakMap<object, WeakMap<object, Answer>>();

  /** Returns an answer that is younger than `maxAgeMs`. */
  find(store: object, auth: object, maxAgeMs: number): Answer | undefined {
    const answer = this.#stores.get(store)?.get(auth);
    return answer !== undefined && performance.now() - answer.askedAt < maxAgeMs ? answer : undefined;
  }

  /** Returns a function that remembers the answer to a question which is asked now. */
  asking(store: object, auth: object): (refusal: Problem | undefined) => void {
    const answers = this.#stores.get(store) ?? new WeakMap<object, Answer>();
    this.#stores.set(store, answers);
    const askedAt = performance.now();
    // After a revocation by this process in the meantime, the map is no longer in use.
    return (refusal) => answers.set(auth, { refusal, askedAt });
  }

  /** Forgets all answers after a revocation by this process. Two stores may be two objects for one database. */
  forget(): void {
    this.#stores = new WeakMap();
  }
}

/** Shared by the process, because a sign-out through any router must apply to every route at once. */
export const revocationAnswers: RevocationAnswers = processState(
  'revocation answers',
  () => new RevocationAnswers(),
);
