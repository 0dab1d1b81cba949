/** Returns the list. Throws if it has fewer entries, because a test that loops over an empty list cannot fail. */
export function atLeast<L extends readonly unknown[]>(least: number, list: L): L {
  if (list.length >= least) return list;
  throw new Error(
    `A list that a test loops over has ${list.length} entries, and should have ${least} or more.`,
  );
}
