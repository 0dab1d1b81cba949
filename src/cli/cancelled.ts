/** The user has stopped a command at a question. Ends the program with exit code 130. */
export class Cancelled extends Error {
  constructor() {
    super('cancelled; nothing was created or written');
  }
}
