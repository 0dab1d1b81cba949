/** A seed file that cannot be used. The message says why and how to go on; it quotes no content. */
export class SeedFileError extends Error {}
