/** Decodes a JWT without verification, which is the server's task. */
export function decode(token) {
  try {
    const [header, payload] = token.split('.').slice(0, 2).map(part);
    return payload && typeof payload === 'object' ? { header, payload } : undefined;
  } catch {
    return;
  }
}

function part(text) {
  const base64 = text.replaceAll('-', '+').replaceAll('_', '/');
  const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes));
}
