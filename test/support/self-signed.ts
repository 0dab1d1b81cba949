import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Returns a self-signed certificate and its key, or undefined without openssl. */
export async function selfSigned(): Promise<{ key: string; cert: string } | undefined> {
  const args = 'req -x509 -newkey rsa:2048 -nodes -keyout - -subj /CN=localhost -days 1'.split(' ');
  try {
    const { stdout } = await promisify(execFile)('openssl', args);
    const [key = '', cert = ''] = stdout.match(/-----BEGIN [\s\S]+?-----END [A-Z ]+-----/g) ?? [];
    return { key, cert };
  } catch {
    return undefined;
  }
}
