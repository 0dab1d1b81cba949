import type { Logger } from 'pino';
import type { Settings } from '../config/settings.ts';
import type { Hint } from '../shared/hint.ts';

/** Warns at the start if no session can be imported any more. A mistyped year would end the sessions of all users. */
export function warnOfEndedImports({ importSessions }: Settings, logger: Logger): void {
  if (importSessions === undefined || Date.now() < importSessions.until) return;
  const until = new Date(importSessions.until).toISOString();
  const hint: Hint = `POST /import-session answers 401 since ${until}: remove the option importSessions, or correct importSessions.until. See docs/migrate-from-amplify.md#end-the-import`;
  logger.warn({ code: 'imports_ended', hint }, 'sessions are no longer imported');
}
