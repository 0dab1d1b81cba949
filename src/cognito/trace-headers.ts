/** The store of an invocation, which Lambda's runtime shares with the SDK. Older runtimes lack some of the methods. */
interface InvokeStore {
  readonly getXRayTraceId?: () => string | undefined;
  readonly getTraceparent?: () => string | undefined;
  readonly getTracestate?: () => string | undefined;
  readonly getBaggage?: () => string | undefined;
}

/** The names of the headers, as the SDK writes them. */
export const TRACE_HEADERS: readonly string[] = ['X-Amzn-Trace-Id', 'traceparent', 'tracestate', 'baggage'];

/**
 * Returns a function that adds the headers by which AWS detects recursion and joins traces. The SDK's middleware adds
 * the same ones.
 */
export function createTraceHeaders(
  env: NodeJS.ProcessEnv = process.env,
): (headers: Record<string, string>) => void {
  // The name does not change while a process runs. Reading the environment is slow.
  const inLambda = Boolean(env.AWS_LAMBDA_FUNCTION_NAME);
  return (headers) => {
    const store = (globalThis as { awslambda?: { InvokeStore?: InvokeStore } }).awslambda?.InvokeStore;
    if (inLambda) {
      const traceId = store?.getXRayTraceId?.() ?? env._X_AMZN_TRACE_ID;
      if (traceId) headers['X-Amzn-Trace-Id'] = traceId;
    }
    const traceparent = store?.getTraceparent?.();
    if (!traceparent) return;
    headers.traceparent = traceparent;
    const tracestate = store?.getTracestate?.();
    if (tracestate) headers.tracestate = tracestate;
    const baggage = store?.getBaggage?.();
    if (baggage) headers.baggage = baggage;
  };
}
