import { generateKeyPairSync, sign } from 'node:crypto';
import { isIPv4, isIPv6 } from 'node:net';
import { BIT_STRING, der, INTEGER, newSerial, SEQUENCE, SET, time, UTF8_STRING } from '../model/der.ts';

/** A private key and its certificate, as PEM texts. */
export interface KeyAndCertificate {
  readonly key: string;
  readonly cert: string;
}

const DAY_MS = 86_400_000;
/** macOS and iOS refuse server certificates that are valid for more than 825 days. */
const VALID_DAYS = 397;

const OCTET_STRING = 0x04;
const OBJECT_ID = 0x06;
const DNS_NAME = 0x82;
const IP_ADDRESS = 0x87;
const VERSION = 0xa0;
const EXTENSIONS = 0xa3;

const TRUE = Buffer.from([0x01, 0x01, 0xff]);
const COMMON_NAME = objectId('550403');
const ECDSA_WITH_SHA256 = der(SEQUENCE, objectId('2a8648ce3d040302'));
const SUBJECT_ALT_NAME = objectId('551d11');
const BASIC_CONSTRAINTS = objectId('551d13');
const EXTENDED_KEY_USAGE = objectId('551d25');
const SERVER_AUTH = objectId('2b06010505070301');

/**
 * Creates a key and a self-signed certificate (RFC 5280) for host names and IP addresses. It is no CA certificate: a client
 * that trusts it trusts this one key, and rustls and Firefox refuse a CA certificate as a server's.
 *
 * @throws TypeError for a name that no certificate can hold
 */
export function selfSignedCertificate(hosts: readonly string[], now: number = Date.now()): KeyAndCertificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const serial = newSerial();
  // A new subject each time, because some clients find a trusted certificate by its subject alone.
  const name = der(UTF8_STRING, Buffer.from(`cognito-kit local ${serial.toString('hex', 0, 4)}`));
  const subject = der(SEQUENCE, der(SET, der(SEQUENCE, COMMON_NAME, name)));
  const content = der(
    SEQUENCE,
    der(VERSION, der(INTEGER, Buffer.from([2]))),
    der(INTEGER, serial),
    ECDSA_WITH_SHA256,
    subject,
    // A day of clock skew.
    der(SEQUENCE, time(now - DAY_MS), time(now + VALID_DAYS * DAY_MS)),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(
      EXTENSIONS,
      der(
        SEQUENCE,
        der(
          SEQUENCE,
          SUBJECT_ALT_NAME,
          der(OCTET_STRING, der(SEQUENCE, ...[...new Set(hosts)].map(generalName))),
        ),
        der(SEQUENCE, BASIC_CONSTRAINTS, TRUE, der(OCTET_STRING, der(SEQUENCE))),
        der(SEQUENCE, EXTENDED_KEY_USAGE, der(OCTET_STRING, der(SEQUENCE, SERVER_AUTH))),
      ),
    ),
  );
  const signature = der(BIT_STRING, Buffer.from([0]), sign('sha256', content, privateKey));
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    cert: pem(der(SEQUENCE, content, ECDSA_WITH_SHA256, signature)),
  };
}

function objectId(hex: string): Buffer {
  return der(OBJECT_ID, Buffer.from(hex, 'hex'));
}

function generalName(host: string): Buffer {
  if (isIPv4(host)) return der(IP_ADDRESS, Buffer.from(host.split('.').map(Number)));
  if (isIPv6(host)) return der(IP_ADDRESS, ipv6Bytes(host));
  const url = `http://${host}`;
  // The URL's host is in lower case and in ASCII, and nothing else may be in the name.
  if (!/^[^\s:/?#@[\]]+$/.test(host) || !URL.canParse(url))
    throw new TypeError(`"${host}" is no host name that a certificate can hold`);
  return der(DNS_NAME, Buffer.from(new URL(url).hostname));
}

function ipv6Bytes(address: string): Buffer {
  // A URL writes each group in hexadecimal, also those of an IPv4 address.
  const [start = '', end] = new URL(`http://[${address.replace(/%.*/, '')}]`).hostname
    .slice(1, -1)
    .split('::');
  const [left, right] = [start, end ?? ''].map((part) => part.split(':').filter((group) => group !== ''));
  const zeros = Array.from({ length: 8 - (left?.length ?? 0) - (right?.length ?? 0) }, () => '0');
  const groups = [...(left ?? []), ...zeros, ...(right ?? [])];
  return Buffer.from(groups.map((group) => group.padStart(4, '0')).join(''), 'hex');
}

function pem(content: Buffer): string {
  const lines = content.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
