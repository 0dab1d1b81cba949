/** A command line that makes no sense. Ends the program with exit code 2. */
export class UsageError extends Error {}
