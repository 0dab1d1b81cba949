import type { Logger } from 'pino';
import type { Settings } from '../config/settings.ts';
import type { Endpoint } from '../endpoints/endpoint.ts';
import { ProblemError, requestIdOf } from '../shared/problem.ts';
import type { AuditTrail } from './audit-trail.ts';
import type { Closing } from './closing.ts';
import { HookError, runHook } from './hooks.ts';
import type { Happening, RequestContext } from './request-context.ts';

interface OutcomeHookParts {
  readonly settings: Settings;
  readonly logger: Logger;
  readonly audit: AuditTrail;
  readonly closing: Closing;
}

/** Outcome hooks. Their faults are logged and reported, because nothing can undo it. */
export interface OutcomeHooks {
  /** Runs the hooks of the request so far, before its response or after it. */
  run(context: RequestContext): Promise<void> | undefined;
  /** Reports a fault that does not change the response. */
  reportFault(context: RequestContext, hook: string, error: unknown): void;
}

export function createOutcomeHooks({ settings, logger, audit, closing }: OutcomeHookParts): OutcomeHooks {
  const { hooks, timeouts } = settings;

  function reportFault({ req, endpoint }: RequestContext, hook: string, error: unknown): void {
    const err = error instanceof HookError ? error.cause : error;
    const code = error instanceof ProblemError ? error.problem.code : 'hook_failed';
    logger.error({ requestId: requestIdOf(req), endpoint: endpoint.name, hook, err }, 'hook failed');
    audit.report(req, 'hook.failed', code, { hook });
  }

  async function runAll(context: RequestContext, happenings: readonly Happening[]): Promise<void> {
    const { req, endpoint } = context;
    for (const { name, details } of happenings) {
      const hook = hooks[name] as ((context: object) => unknown) | undefined;
      if (!hook) continue;
      const argument = { ...details, endpoint: endpoint.name, req };
      await runHook(name, timeouts.hook, () => hook(argument)).catch((error: unknown) =>
        reportFault(context, name, error),
      );
    }
  }

  return {
    reportFault,
    run(context) {
      const { res, facts } = context;
      const { happenings } = facts;
      if (!happenings?.some(({ name }) => hooks[name])) return;
      if (!isMaskable(context.endpoint, settings)) return runAll(context, happenings);
      const release = closing.hold();
      const start = (): void => void runAll(context, happenings).finally(release);
      if (res.closed) start();
      else res.once('close', start);
      return;
    },
  };
}

/** A masked response would come sooner than one that waits for a hook, and its duration would reveal the account. */
function isMaskable({ maskedErrors }: Endpoint, { concealUserExistence }: Settings): boolean {
  return concealUserExistence && maskedErrors !== undefined && typeof maskedErrors.answer !== 'string';
}
