import { type RequestHandler, Router } from 'express';
import type { Config } from 'express-cognito-kit';
import type { Diagnosis } from '../../src/doctor/diagnose.ts';
import type { DemoPool } from './demo-pool.ts';
import { loopbackNamesOnly } from './loopback-names.ts';

/** The running configuration, and the local pool if there is one. */
export interface DoctorSubject {
  readonly config: Config;
  readonly demo: DemoPool | undefined;
  /** Express's setting `trust proxy`. */
  readonly trustProxy: unknown;
}

/** POST / answers the diagnosis, in the shape of `cognito-kit doctor --json`. */
export function createDoctorRouter(subject: DoctorSubject): Router {
  let running: Promise<Diagnosis> | undefined;
  const router = Router();
  router.post('/', loopbackNamesOnly, sameOriginOnly, async (_req, res) => {
    running ??= examine(subject).finally(() => {
      running = undefined;
    });
    res.set('Cache-Control', 'no-store').json(await running);
  });
  return router;
}

/** Loads the doctor when it is first asked, so that the server starts without it. */
async function examine({ config, demo, trustProxy }: DoctorSubject): Promise<Diagnosis> {
  const [{ diagnose }, { exposesEnvFile, installedPackages }] = await Promise.all([
    import('../../src/doctor/diagnose.ts'),
    import('../../src/doctor/app-config.ts'),
  ]);
  const cognitoClient = demo && (await localClient(demo));
  const directory = process.cwd();
  try {
    return await diagnose({
      config,
      trustProxy,
      env: process.env,
      node: process.versions.node,
      packages: installedPackages(directory),
      exposesEnvFile: exposesEnvFile(directory),
      ...(cognitoClient && { cognitoClient }),
    });
  } finally {
    cognitoClient?.destroy();
  }
}

/** The local pool takes any credentials. A real one is read with those that the SDK finds. */
async function localClient({ pool }: DemoPool) {
  const { CognitoIdentityProviderClient } = await import('@aws-sdk/client-cognito-identity-provider');
  return new CognitoIdentityProviderClient({
    endpoint: pool.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
}

/** The doctor calls the user pool, which no page of another site should cause. */
const sameOriginOnly: RequestHandler = (req, res, next) => {
  const site = req.get('sec-fetch-site');
  if (site === undefined || site === 'same-origin') next();
  else res.status(403).json({ message: 'The doctor is not for pages of other sites.' });
};
