export interface Logger {
  child: unknown;
  info: unknown;
  warn: unknown;
  error: unknown;
}
