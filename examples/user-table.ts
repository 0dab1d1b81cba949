/**
 * A row of your own for each user, in PostgreSQL. It survives a database that is unavailable.
 * Reads COGNITO_USER_POOL_ID, COGNITO_CLIENT_ID and DATABASE_URL; run it with node --import tsx examples/user-table.ts
 */
import express from 'express';
import { createCognitoRouter, getAuth, ProblemError, problem } from 'express-cognito-kit';
import { Pool } from 'pg';

const db = new Pool({
  connectionString: process.env.DATABASE_URL,
  // Shorter than timeouts.hook, so a database that does not answer is a 503 of the sign-in.
  connectionTimeoutMillis: 2000,
  query_timeout: 2000,
});
// A connection that breaks while it is idle would end the process otherwise.
db.on('error', (error) => console.error('database', error.message));

await db.query(`create table if not exists users (
  sub text primary key, -- never the e-mail address, which can change
  email text,
  name text,
  plan text not null default 'free',
  created_at timestamptz not null default now(),
  signed_in_at timestamptz not null default now()
)`);

/** Runs at each sign-in, so it inserts or updates. Two concurrent sign-ins of a new user make one row. */
const UPSERT = `insert into users (sub, email, name) values ($1, $2, $3)
  on conflict (sub) do update set email = excluded.email, name = excluded.name, signed_in_at = now()`;

/** Refuses the request with 503 if the database is unavailable. The client tries again, and nothing is lost. */
async function query(sql: string, values: unknown[]): Promise<Record<string, unknown>[]> {
  try {
    return (await db.query(sql, values)).rows as Record<string, unknown>[];
  } catch (cause) {
    const detail = 'Your account is unavailable at present. Try again later.';
    throw new ProblemError(problem('store_unavailable', { detail }), { cause });
  }
}

const auth = createCognitoRouter({
  hooks: {
    // Every way in, in every transport. A sign-in without its row is refused, and its session revoked.
    async onSignedIn({ sub, claims }) {
      await query(UPSERT, [sub, claims.email, claims.name]);
    },
    // A row that is out of date until the next sign-in does no harm: a fault is logged, and nothing more.
    async onProfileChanged({ sub, changes }) {
      if ('name' in changes) await query('update users set name = $2 where sub = $1', [sub, changes.name]);
    },
    before: {
      // Before Cognito deletes the user, because only a before hook can refuse it.
      async deleteMe({ auth }) {
        await query('delete from users where sub = $1', [auth?.sub]);
      },
    },
  },
  logger: false,
});

const app = express();
app.use('/auth', auth);
app.get('/account', auth.requireAuth(), async (req, res) => {
  const [row] = await query('select email, name, plan from users where sub = $1', [getAuth(req).sub]);
  res.json(row);
});

const port = Number(process.env.PORT ?? 3000);
const server = app.listen(port, (error) => {
  if (error) throw error;
  console.log(`http://localhost:${port}/auth/health`);
});

// Requests under way are finished first, and they may need the database.
const stop = async (): Promise<void> => {
  process.off('SIGTERM', stop).off('SIGINT', stop);
  await auth.close({ server });
  await db.end();
  process.exit();
};
process.on('SIGTERM', stop).on('SIGINT', stop);
