/**
 * One bucket for one account, however its name is written: compatibility forms, case, white space and
 * invisible characters make no difference. Two names that fold together share a bucket, which is harmless.
 */
export function foldName(name: string): string {
  return name
    .normalize('NFKC')
    .replace(/[\s\p{Default_Ignorable_Code_Point}]/gu, '')
    .toUpperCase()
    .toLowerCase()
    .normalize('NFKC');
}
