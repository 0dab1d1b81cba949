/** A secondary replica of a pool. The local pool keeps its settings, and serves no requests in its region. */
export interface Replica {
  readonly region: string;
  readonly status: 'ACTIVE' | 'INACTIVE';
  readonly tags: Readonly<Record<string, string>>;
}
