/** Advice for the operator, in a log line. It ends with the page of `docs/` that explains it. */
export type Hint = `${string}. See docs/${string}`;
