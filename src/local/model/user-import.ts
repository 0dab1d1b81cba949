export type ImportStatus =
  | 'Created'
  | 'Pending'
  | 'InProgress'
  | 'Stopped'
  | 'Expired'
  | 'Failed'
  | 'Succeeded';

/** A job that creates users from a CSV file. Times are milliseconds since the epoch. */
export interface ImportJob {
  readonly id: string;
  readonly name: string;
  readonly roleArn: string;
  readonly passwordHashing: string | undefined;
  readonly createdAt: number;
  /** Secret part of the upload URL. */
  readonly uploadKey: string;
  /** The uploaded file, until the job has ended. */
  csv: string | undefined;
  status: ImportStatus;
  startedAt: number | undefined;
  completedAt: number | undefined;
  message: string | undefined;
  imported: number;
  skipped: number;
  failed: number;
}
