/** Stands in for the secrets of identity providers, which the local pool never uses. */
const PLACEHOLDER = 'local';
const SECRET_DETAILS = ['client_secret', 'private_key'];

/** Returns the details of an identity provider with a placeholder for each secret. */
export function detailsWithoutSecrets(
  details: Readonly<Record<string, string>> = {},
  type: string | undefined,
): Record<string, string> {
  const entries = Object.entries(details).map(([name, value]) => [
    name,
    SECRET_DETAILS.includes(name) ? PLACEHOLDER : value,
  ]);
  // Cognito does not tell the private key, and wants one for a new provider.
  const hidden = type === 'SignInWithApple' ? { private_key: PLACEHOLDER } : {};
  return { ...hidden, ...Object.fromEntries(entries) };
}
