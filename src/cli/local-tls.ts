import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { TlsOption } from '../local/http/tls.ts';
import { UsageError } from './usage-error.ts';

export const TLS_HELP = `
  --tls                 Serve HTTPS, with a certificate made at the start
  --tls-save-cert <file>
                        Write that certificate to this file (default: a temporary file)
  --tls-cert <file>     Serve HTTPS with this certificate, in PEM
  --tls-key <file>      Its private key, in PEM`;

export const TLS_OPTIONS = {
  tls: { type: 'boolean', default: false },
  'tls-save-cert': { type: 'string' },
  'tls-cert': { type: 'string' },
  'tls-key': { type: 'string' },
} as const;

interface TlsArguments {
  readonly tls: boolean;
  readonly 'tls-save-cert'?: string | undefined;
  readonly 'tls-cert'?: string | undefined;
  readonly 'tls-key'?: string | undefined;
}

/** Returns the option `tls` of a command line, and reads its files. */
export function tlsOf({
  tls,
  'tls-save-cert': saved,
  'tls-cert': cert,
  'tls-key': key,
}: TlsArguments): TlsOption {
  if ((cert === undefined) !== (key === undefined))
    throw new UsageError('--tls-cert and --tls-key require each other');
  if (saved !== undefined && (!tls || cert !== undefined))
    throw new UsageError('--tls-save-cert requires --tls, and excludes --tls-cert');
  if (cert === undefined || key === undefined) return tls;
  return { cert: read('--tls-cert', cert), key: read('--tls-key', key) };
}

/** A file that holds the certificate of a running pool. */
export interface CertificateFile {
  readonly path: string;
  /** Removes a temporary file. */
  remove(): Promise<void>;
}

/** Writes the certificate that was made at the start, or returns the path of the given one. Undefined without TLS. */
export async function certificateFileOf(
  certificate: string | undefined,
  { 'tls-save-cert': saved, 'tls-cert': given }: TlsArguments,
): Promise<CertificateFile | undefined> {
  if (certificate === undefined) return undefined;
  if (given !== undefined) return { path: resolve(given), remove: async () => {} };
  if (saved !== undefined) {
    await writeFile(saved, certificate).catch((error: Error) => {
      throw new UsageError(`--tls-save-cert cannot be written: ${error.message}`);
    });
    return { path: resolve(saved), remove: async () => {} };
  }
  const folder = await mkdtemp(join(tmpdir(), 'cognito-kit-'));
  const path = join(folder, 'certificate.pem');
  await writeFile(path, certificate);
  return { path, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** The lines that tell how clients trust the certificate. */
export function trustHelp({ path }: CertificateFile): string {
  return `
Clients must trust the certificate in ${path}:
  Node            NODE_EXTRA_CA_CERTS=${path}
  AWS CLI, boto3  AWS_CA_BUNDLE=${path}
  Go, OpenSSL     SSL_CERT_FILE=${path}
  curl            --cacert ${path}`;
}

function read(option: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`${option} cannot be read: ${(error as Error).message}`);
  }
}
