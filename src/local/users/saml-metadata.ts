const HTTP_REDIRECT = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect';
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Returns the addresses that Cognito reads from the metadata file of a SAML provider. Ignores all others. */
export function redirectBindings(metadata: string): Record<string, string> {
  const signIn = redirectLocation(metadata, 'SingleSignOnService');
  const signOut = redirectLocation(metadata, 'SingleLogoutService');
  return {
    ...(signIn !== undefined && { SSORedirectBindingURI: signIn }),
    ...(signOut !== undefined && { SLORedirectBindingURI: signOut }),
  };
}

function redirectLocation(metadata: string, element: string): string | undefined {
  for (const [tag] of metadata.matchAll(new RegExp(`<(?:[\\w.-]+:)?${element}\\s[^<>]*>`, 'g'))) {
    if (attributeOf(tag, 'Binding') === HTTP_REDIRECT) return attributeOf(tag, 'Location');
  }
  return undefined;
}

function attributeOf(tag: string, name: string): string | undefined {
  const value = new RegExp(`\\s${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`).exec(tag);
  return (value?.[1] ?? value?.[2])?.replace(
    /&(\w+);/g,
    (whole, entity: string) => ENTITIES[entity] ?? whole,
  );
}
