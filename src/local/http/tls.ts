import { createServer, type RequestListener, type Server } from 'node:http';
import { localOptionError } from '../option-values.ts';
import type { KeyAndCertificate } from './self-signed-certificate.ts';

/** `true` makes a certificate at the start. Otherwise a private key and its certificate, as PEM texts. */
export type TlsOption =
  | boolean
  | {
      /** The private key, without a passphrase. */
      readonly key: string;
      /** The certificate, followed by those of its issuers. */
      readonly cert: string;
    };

/** Creates the server of a scheme. */
export interface Transport {
  readonly scheme: 'http' | 'https';
  /** The certificate that clients must trust, as PEM. Undefined without TLS. */
  readonly certificate: string | undefined;
  readonly createServer: (listener: RequestListener) => Server;
}

const PAGE = 'local-user-pool.md#tls';
const ALWAYS = ['localhost', '127.0.0.1', '::1'];
const UNSPECIFIED = ['0.0.0.0', '::'];

/** Returns the transport of the option `tls`. TLS is loaded only if it is used. */
export async function transportOf({
  tls = false,
  host,
  allowedHosts = [],
}: {
  readonly tls?: TlsOption;
  readonly host: string;
  readonly allowedHosts?: readonly string[];
}): Promise<Transport> {
  checkTlsOption(tls);
  if (tls === false) return { scheme: 'http', certificate: undefined, createServer };
  const https = await import('node:https');
  const listened = UNSPECIFIED.includes(host) ? [] : [host];
  const { key, cert } = tls === true ? await made([...ALWAYS, ...listened, ...allowedHosts]) : tls;
  return {
    scheme: 'https',
    certificate: cert,
    createServer(listener) {
      try {
        return https.createServer({ key, cert }, listener);
      } catch (error) {
        throw localOptionError(
          `tls.key and tls.cert are not a PEM key without a passphrase and its certificate (${(error as Error).message})`,
          PAGE,
        );
      }
    },
  };
}

async function made(hosts: readonly string[]): Promise<KeyAndCertificate> {
  const { selfSignedCertificate } = await import('./self-signed-certificate.ts');
  try {
    return selfSignedCertificate(hosts);
  } catch (error) {
    throw localOptionError(`allowedHosts has a wrong entry: ${(error as Error).message}`, PAGE);
  }
}

function checkTlsOption(tls: unknown): void {
  const entries = typeof tls === 'object' && tls !== null ? Object.entries(tls) : [];
  const isPair =
    entries.length === 2 &&
    entries.every(([name, value]) => ['key', 'cert'].includes(name) && typeof value === 'string');
  if (typeof tls === 'boolean' || isPair) return;
  // The message does not quote the value, because it may hold a private key.
  throw localOptionError(
    'tls is not in the expected form; write true, or { key, cert } with PEM texts',
    PAGE,
  );
}
