import { betterAuth } from 'better-auth';
import { memoryAdapter } from 'better-auth/adapters/memory';
import { fromNodeHeaders } from 'better-auth/node';

/** A user with a session in its adapter for memory, and the guard of its Express guide. */
export async function sessionOf(session) {
  const database = memoryAdapter({ user: [], session: [], account: [], verification: [] });
  const auth = betterAuth({
    baseURL: 'http://127.0.0.1',
    secret: 'The secret of the benchmark, never another',
    database,
    emailAndPassword: { enabled: true },
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    logger: { disabled: true },
    session,
  });
  const body = { name: 'Ada', email: 'ada@example.com', password: 'Correct-horse-7' };
  const { headers } = await auth.api.signUpEmail({ body, returnHeaders: true });
  const cookie = headers
    .getSetCookie()
    .map((each) => each.split(';')[0])
    .join('; ');
  const guard = async (req, res, next) => {
    res.locals.session = await auth.api.getSession({ headers: fromNodeHeaders(req.headers) });
    if (res.locals.session) next();
    else res.status(401).json({ message: 'Unauthorized' });
  };
  return { guards: [guard], headers: { cookie } };
}
