/** An answer that sends the browser elsewhere, with a 303 (RFC 9110 15.4.4). */
export class Redirect {
  readonly location: string;

  constructor(location: string) {
    this.location = location;
  }
}
