import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const CHROMIUM_PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const CHROMIUM = process.env.CHROMIUM_PATH ?? CHROMIUM_PLACES.find((path) => existsSync(path));

/** The reason to skip the browser tests. */
export const NO_CHROMIUM = `no Chromium at ${CHROMIUM ?? CHROMIUM_PLACES.join(', ')}: install it, or set CHROMIUM_PATH`;
/** The reason to skip the Redis tests. */
export const NO_REDIS = 'no redis-server on the path: install it';

/** The reason to skip the fleet behind nginx. */
export const NO_NGINX = 'no nginx on the path: install nginx-light, or another package of nginx';

/** The reason to skip the calls of curl. */
export const NO_CURL = 'no curl on the path: install it';
/** The reason to skip the strict check of certificates. */
export const NO_OPENSSL = 'no openssl on the path: install it';
/** The reason to skip the clients in Python. */
export const NO_BOTO3 = 'no Python with boto3: install both, or set PYTHON to a Python that has it';
/** The reason to skip the client in Go. */
export const NO_GO =
  'no Go on the path, or its modules are not downloaded: run "go mod download" in test/foreign/go';

export const NO_PYCOGNITO = 'no Python with pycognito: install both, or set PYTHON to a Python that has it';
/** The reason to skip the generated client in Python. */
export const NO_OPENAPI_PYTHON_CLIENT =
  'no Python with openapi-python-client: install both, or set PYTHON to a Python that has it';
/** The reason to skip the schemas of CloudFormation. */
export const NO_CFN_LINT = 'no Python with cfn-lint: install both, or set PYTHON to a Python that has it';
/** The reason to skip Terraform. */
export const NO_TERRAFORM =
  'no Terraform, or no folder with its AWS provider: set TERRAFORM_PLUGINS to a mirror of it';

type Required =
  `REQUIRE_${'BROWSER' | 'REDIS' | 'NGINX' | 'CURL' | 'OPENSSL' | 'PYTHON' | 'GO' | 'TERRAFORM'}`;

/** Skips a test or a suite with a message, or fails it if the program is required. */
export function skipWithout(context: Mocha.Context, variable: Required, reason: string): never {
  if (process.env[variable] === '1' || process.env.REQUIRE_ALL === '1') throw new Error(reason);
  console.warn(`      skipped: ${reason}`);
  return context.skip();
}

/** In CI, a skip is a failure, and the clients that the machine does not have are left out. */
export function isTested(variable: Required): boolean {
  return process.env.CI !== 'true' || process.env[variable] === '1';
}

/** Returns a Python that has a module. */
export function pythonWith(
  module: 'boto3' | 'cfnlint' | 'openapi_python_client' | 'pycognito',
): string | undefined {
  const python = process.env.PYTHON ?? 'python3';
  return spawnSync(python, ['-c', `import ${module}`]).status === 0 ? python : undefined;
}

/** Builds without the network: modules that are not downloaded count as no Go. */
export function goProgram(folder: string, program: string): boolean {
  const env = { ...process.env, GOPROXY: 'off', GOTOOLCHAIN: 'local', GOFLAGS: '-mod=readonly' };
  return spawnSync('go', ['build', '-o', program, '.'], { cwd: folder, env }).status === 0;
}

export function chromiumPath(): string | undefined {
  return CHROMIUM && existsSync(CHROMIUM) ? CHROMIUM : undefined;
}

export function hasRedisServer(): boolean {
  return spawnSync('redis-server', ['--version']).status === 0;
}

export function hasNginx(): boolean {
  return spawnSync('nginx', ['-v']).status === 0;
}

/** Tells whether a program is on the path. `args` make it print something and end. */
export function hasProgram(program: string, ...args: readonly string[]): boolean {
  return spawnSync(program, args).status === 0;
}
