import { type EventSubject, type EventType, eventSubject } from '../config/events.ts';
import { CHALLENGES } from '../endpoints/challenges.ts';
import { Counts } from '../shared/counts.ts';
import { PROBLEMS } from '../shared/problem.ts';

/** Counts of sign-ins. */
export interface SignInStats {
  /** Sign-ins that issued tokens, at whichever endpoint. */
  readonly completed: number;
  /** Steps that met a challenge. */
  readonly challenged: number;
  /** Failed steps by code, such as `invalid_credentials`: of `/sign-in`, `/challenge`, `/step-up` and managed login. */
  readonly failed: Readonly<Record<string, number>>;
}

/** Counts of one challenge. */
export interface ChallengeStats {
  readonly posed: number;
  /** Accepted answers. */
  readonly passed: number;
  /** Answers that Cognito refused, and those that did not reach it. */
  readonly failed: number;
}

/** Counts of refreshes, those behind `requireAuth` included. */
export interface RefreshStats {
  readonly succeeded: number;
  /** Failed refreshes by code. */
  readonly failed: Readonly<Record<string, number>>;
  /** Reused refresh tokens. */
  readonly reused: number;
}

/** Counts of what users did, since the router was created. They contain no name, address or token. */
export interface FlowStats {
  /** Every event by type, and then by code. `custom` counts the codes of the app's hooks. */
  readonly events: Readonly<Partial<Record<EventType, Readonly<Record<string, number>>>>>;
  readonly signIns: SignInStats;
  /** By Cognito's name of the challenge. */
  readonly challenges: Readonly<Record<string, ChallengeStats>>;
  readonly refreshes: RefreshStats;
  /** Requests over a limit, by limiter, such as `signIn-account`. `cognito-userRead` has calls over its quota. */
  readonly rateLimits: Readonly<Record<string, number>>;
}

/** Subjects whose failure is that of a step of a sign-in. */
const STEPS: readonly EventSubject[] = (
  ['signIn', 'respondToChallenge', 'stepUp', 'completeManagedLogin'] as const
).map(eventSubject);

/** Codes of events that are no problems. */
const OTHER_CODES = ['ok', 'client_gone', 'hook_failed'];

type ChallengeStep = keyof ChallengeStats;

/** Counts what users do at one router. */
export class FlowCounts {
  readonly #events = new Map<EventType, Counts>();
  readonly #challenges = new Map<string, Record<ChallengeStep, number>>();
  readonly #limits = new Counts();
  #completed = 0;

  countEvent(type: EventType, code = 'ok'): void {
    const counts = this.#events.get(type) ?? new Counts();
    this.#events.set(type, counts);
    // A hook's own code may be any text.
    counts.add(Object.hasOwn(PROBLEMS, code) || OTHER_CODES.includes(code) ? code : 'custom');
  }

  countSignIn(): void {
    this.#completed++;
  }

  countChallenge(name: string, step: ChallengeStep): void {
    const known = Object.hasOwn(CHALLENGES, name) ? name : 'other';
    const counts = this.#challenges.get(known) ?? { posed: 0, passed: 0, failed: 0 };
    this.#challenges.set(known, counts);
    counts[step]++;
  }

  countLimit(limiter: string): void {
    this.#limits.add(limiter);
  }

  stats(): FlowStats {
    const events = Object.fromEntries([...this.#events].map(([type, codes]) => [type, codes.snapshot()]));
    return {
      events,
      signIns: {
        completed: this.#completed,
        challenged: this.#sum('sign_in.challenged'),
        failed: STEPS.map((subject) => events[`${subject}.failed`]).reduce(added, {}),
      },
      challenges: Object.fromEntries([...this.#challenges].map(([name, counts]) => [name, { ...counts }])),
      refreshes: {
        succeeded: this.#sum('refresh.succeeded'),
        failed: { ...events['refresh.failed'] },
        reused: this.#sum('refresh.reuse'),
      },
      rateLimits: this.#limits.snapshot(),
    };
  }

  #sum(type: EventType): number {
    const counts = Object.values(this.#events.get(type)?.snapshot() ?? {});
    return counts.reduce((total, count) => total + count, 0);
  }
}

function added(
  total: Readonly<Record<string, number>>,
  counts: Readonly<Record<string, number>> = {},
): Readonly<Record<string, number>> {
  const sums = Object.entries(counts).map(([code, count]): [string, number] => [
    code,
    count + (total[code] ?? 0),
  ]);
  return { ...total, ...Object.fromEntries(sums) };
}
