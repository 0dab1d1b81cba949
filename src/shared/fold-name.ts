/**
 * Returns the rate limit bucket of an account name, without regard to compatibility forms, case, white space and
 * invisible characters. Different names may share a bucket, which is harmless.
 */
export function foldName(name: string): string {
  return name
    .normalize('NFKC')
    .replace(/[\s\p{Default_Ignorable_Code_Point}]/gu, '')
    .toUpperCase()
    .toLowerCase()
    .normalize('NFKC');
}
