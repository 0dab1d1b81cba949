/**
 * Metrics and traces of express-cognito-kit for OpenTelemetry: copy the file into your app. It needs @opentelemetry/api only, as
 * a library does. examples/opentelemetry.ts is a program that uses it. No attribute has a name, an address or a token.
 */
import { tracingChannel } from 'node:diagnostics_channel';
import {
  type Attributes,
  context,
  type Meter,
  propagation,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import type { RequestHandler } from 'express';
import { COGNITO_CALL_CHANNEL, type CognitoCall, type CognitoRouter } from 'express-cognito-kit';

const calls = tracingChannel<unknown, CognitoCall>(COGNITO_CALL_CHANNEL);

/** Seconds: those of OpenTelemetry's HTTP metrics. */
const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

/**
 * Exports the counts of `auth.stats()`, and the duration of each call to Cognito. Returns a function that stops it. Names end
 * in the unit, so that they are the same with each exporter: some add it, and none adds it twice.
 */
export function meterKit(auth: Pick<CognitoRouter, 'stats'>, meter: Meter): () => void {
  const counter = (name: string, description: string, unit: string) =>
    meter.createObservableCounter(`cognito_kit.${name}`, { description, unit });
  const gauge = (name: string, description: string, unit = '') =>
    meter.createObservableGauge(`cognito_kit.${name}`, { description, unit });

  const signIns = counter('sign_in', 'Steps of sign-ins by outcome', '{sign_in}');
  const challenges = counter('challenge', 'Challenges posed, passed and failed', '{challenge}');
  const refreshes = counter('refresh', 'Refreshes by outcome', '{refresh}');
  const reuses = counter('refresh_token.reuse', 'Refresh tokens used after their rotation', '{token}');
  const limits = counter('rate_limit.refusal', 'Requests over a limit', '{request}');
  const events = counter('event', 'Audit events by type and code', '{event}');
  const tokens = counter('token', 'Accepted and refused tokens', '{token}');
  const lookups = counter('token_cache.lookup', 'Lookups in the cache of verified tokens', '{lookup}');
  const cached = gauge('token_cache.entries', 'Tokens in the cache', '{token}');
  const cacheSize = gauge('token_cache.size.bytes', 'Memory of the cache', 'By');
  const keys = gauge('signing_key.count', 'Known signing keys', '{key}');
  const keyAge = gauge('signing_key.age.seconds', 'Time since the last successful fetch of keys', 's');
  const fetches = counter('signing_key.fetch', 'Fetches of signing keys by outcome', '{fetch}');
  const inFlight = gauge('cognito.call.in_flight', 'Calls to Cognito in progress', '{call}');
  const stores = gauge('store.available', 'Whether a store answers: 1 or 0');
  const evictions = counter('store.eviction', 'Unexpired entries evicted from memory', '{entry}');
  const observed = [
    ...[signIns, challenges, refreshes, reuses, limits, events, tokens, lookups, cached, cacheSize],
    ...[keys, keyAge, fetches, inFlight, stores, evictions],
  ];

  const observe: Parameters<Meter['addBatchObservableCallback']>[0] = (result) => {
    const stats = auth.stats();
    const each = (
      instrument: typeof signIns,
      counts: Readonly<Record<string, number>>,
      attributesOf: (name: string) => Attributes,
    ): void => {
      for (const [name, count] of Object.entries(counts))
        result.observe(instrument, count, attributesOf(name));
    };

    const { completed, challenged, failed } = stats.signIns;
    each(signIns, { completed, challenged }, (outcome) => ({ outcome }));
    each(signIns, failed, (code) => ({ outcome: 'failed', 'error.type': code }));
    for (const [challenge, { posed, passed, failed: refused }] of Object.entries(stats.challenges))
      each(challenges, { posed, passed, failed: refused }, (outcome) => ({ challenge, outcome }));
    result.observe(refreshes, stats.refreshes.succeeded, { outcome: 'succeeded' });
    each(refreshes, stats.refreshes.failed, (code) => ({ outcome: 'failed', 'error.type': code }));
    result.observe(reuses, stats.refreshes.reused);
    each(limits, stats.rateLimits, (limiter) => ({ limiter }));
    for (const [type, codes] of Object.entries(stats.events)) each(events, codes, (code) => ({ type, code }));

    const { accepted, refused, cache, keys: pools } = stats.tokens;
    result.observe(tokens, accepted, { outcome: 'accepted' });
    each(tokens, refused, (reason) => ({ outcome: 'refused', 'error.type': reason }));
    if (cache) {
      each(lookups, { hit: cache.hits, miss: cache.misses }, (outcome) => ({ outcome }));
      result.observe(cached, cache.entries);
      result.observe(cacheSize, cache.bytes);
    }
    for (const pool of pools) {
      const ofPool = { 'aws.cognito.user_pool.id': pool.userPoolId };
      result.observe(keys, pool.keys, ofPool);
      if (pool.ageSeconds !== null) result.observe(keyAge, pool.ageSeconds, ofPool);
      const succeeded = pool.fetches - pool.failedFetches;
      each(fetches, { succeeded, failed: pool.failedFetches }, (outcome) => ({ ...ofPool, outcome }));
    }

    for (const [operation, call] of Object.entries(stats.cognito))
      result.observe(inFlight, call.inFlight, { 'rpc.method': operation });
    for (const [store, { available, evicted }] of Object.entries(stats.stores)) {
      result.observe(stores, available ? 1 : 0, { store });
      result.observe(evictions, evicted, { store });
    }
  };
  meter.addBatchObservableCallback(observe, observed);

  const duration = meter.createHistogram('cognito_kit.cognito.call.duration.seconds', {
    description: 'Duration of calls to Cognito',
    unit: 's',
    advice: { explicitBucketBoundaries: BOUNDS },
  });
  const record = (message: unknown): void => {
    const { operation, seconds = 0, error } = message as CognitoCall;
    duration.record(seconds, {
      'rpc.method': operation,
      ...(error !== undefined && { 'error.type': error }),
    });
  };
  calls.asyncEnd.subscribe(record);

  return () => {
    meter.removeBatchObservableCallback(observe, observed);
    calls.asyncEnd.unsubscribe(record);
  };
}

/** Makes a span of each call to Cognito, below the span of the request. Returns a function that stops it. */
export function traceCognito(tracer: Tracer): () => void {
  const spans = new WeakMap<object, Span>();
  const begin = (message: unknown): void => {
    const { operation } = message as CognitoCall;
    const attributes = {
      'rpc.system': 'aws-api',
      'rpc.service': 'CognitoIdentityProvider',
      'rpc.method': operation,
    };
    const name = `CognitoIdentityProvider.${operation}`;
    spans.set(message as CognitoCall, tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes }));
  };
  const end = (message: unknown): void => {
    const { error } = message as CognitoCall;
    const span = spans.get(message as CognitoCall);
    if (error !== undefined)
      span?.setAttribute('error.type', error).setStatus({ code: SpanStatusCode.ERROR });
    span?.end();
  };
  calls.start.subscribe(begin);
  calls.asyncEnd.subscribe(end);
  return () => {
    calls.start.unsubscribe(begin);
    calls.asyncEnd.unsubscribe(end);
  };
}

/**
 * Makes a span of each request, and joins the trace of its `traceparent` header. Leave it out with
 * @opentelemetry/instrumentation-http, which does the same for all servers of a process.
 */
export function traceRequests(tracer: Tracer): RequestHandler {
  return (req, res, next) => {
    const parent = propagation.extract(context.active(), req.headers);
    const attributes = { 'http.request.method': req.method };
    const span = tracer.startSpan(req.method, { kind: SpanKind.SERVER, attributes }, parent);
    res.once('close', () => {
      // The pattern of the route: its path may have personal data.
      const route: unknown = req.route?.path;
      if (typeof route === 'string')
        span.updateName(`${req.method} ${route}`).setAttribute('http.route', route);
      span.setAttribute('http.response.status_code', res.statusCode);
      if (res.statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    });
    context.with(trace.setSpan(parent, span), next);
  };
}
