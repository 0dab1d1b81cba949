/** Appends the patterns that a `.gitignore` lacks. Returns `undefined` if it lacks none. */
export function mergeGitIgnore(text: string, patterns: readonly string[]): string | undefined {
  const lines = text.split(/\r?\n/).map((line) => line.trim().replace(/^\//, ''));
  const missing = patterns.filter((pattern) => !lines.some((line) => covers(line, pattern)));
  if (missing.length === 0) return undefined;
  const start = text === '' || text.endsWith('\n') ? text : `${text}\n`;
  return `${start}${missing.join('\n')}\n`;
}

function covers(line: string, pattern: string): boolean {
  const bare = (each: string): string => each.replace(/\/$/, '');
  return bare(line) === bare(pattern) || (pattern === '.env*' && line === '*.env*');
}
