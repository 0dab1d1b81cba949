import { readFile } from 'node:fs/promises';
import { type Attributes, context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import {
  AggregationTemporality,
  type DataPoint,
  type Histogram,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node';
import { expect } from 'chai';
import express from 'express';
import { meterKit, traceCognito, traceRequests } from '../../examples/opentelemetry-instruments.ts';
import { type LocalUserPool, startLocalUserPool } from '../../src/local/local-user-pool.ts';
import { readPage, tableRows } from '../support/documentation.ts';
import { settingsOf, start, stopAll } from '../support/example-process.ts';
import { freePort } from '../support/free-port.ts';
import {
  expectProblem,
  expectStatus,
  type Kit,
  OTHER_PASSWORD,
  PASSWORD,
  startKit,
} from '../support/helpers.ts';

const ADA = { email: 'ada@example.com', password: PASSWORD };
const INVITED = { email: 'invited@example.com', password: PASSWORD };
const USERS = [
  { username: ADA.email, password: PASSWORD },
  { username: INVITED.email, password: PASSWORD, status: 'FORCE_CHANGE_PASSWORD' },
] as const;

/** A trace that a client has begun. */
const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const CLIENT_SPAN = '00f067aa0ba902b7';
const TRACEPARENT = `00-${TRACE_ID}-${CLIENT_SPAN}-01`;

/** Signs in with success, failure and a challenge, calls a route, and refreshes. Returns the tokens. */
async function takeJourney(kit: Kit): Promise<string[]> {
  const signedIn = await kit.post('/sign-in', ADA).set('traceparent', TRACEPARENT);
  const { accessToken, idToken, refreshToken } = expectStatus(signedIn, 200).body.tokens;
  expectProblem(await kit.post('/sign-in', { ...ADA, password: OTHER_PASSWORD }), 'invalid_credentials');
  const { challenge } = expectStatus(await kit.post('/sign-in', INVITED), 200).body;
  const { name, session, username } = challenge;
  const answer = { name, session, username, newPassword: OTHER_PASSWORD };
  expectStatus(await kit.post('/challenge', answer), 200);
  for (let i = 0; i < 4; i++) expectStatus(await kit.get('/me', accessToken), 200);
  expectProblem(await kit.get('/me', `${accessToken}x`), 'invalid_token');
  expectStatus(await kit.post('/refresh', { refreshToken }), 200);
  kit.pool.faults.inject({ kind: 'throttle', on: 'GetUser', times: 2 });
  expectProblem(await kit.get('/me', accessToken), 'rate_limited');
  return [accessToken, idToken, refreshToken, session];
}

describe('examples/opentelemetry-instruments.ts', () => {
  const metricExporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({
    exporter: metricExporter,
    exportIntervalMillis: 600_000,
  });
  const meterProvider = new MeterProvider({ readers: [reader] });
  const spanExporter = new InMemorySpanExporter();
  const tracerProvider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spanExporter)] });
  const stops: (() => void)[] = [];
  let kit: Kit;
  let secrets: string[];
  let points: ReadonlyMap<string, readonly DataPoint<unknown>[]>;
  let spans: readonly ReadableSpan[];

  async function read(): Promise<ReadonlyMap<string, readonly DataPoint<unknown>[]>> {
    metricExporter.reset();
    await reader.forceFlush();
    const metrics = metricExporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics);
    return new Map(
      metrics.flatMap((scope) =>
        scope.metrics.map((each) => [each.descriptor.name, each.dataPoints] as const),
      ),
    );
  }

  before(async () => {
    tracerProvider.register();
    const tracer = trace.getTracer('test');
    kit = await startKit({
      pool: { users: USERS },
      app: (auth) => express().use(traceRequests(tracer)).use('/auth', auth),
    });
    stops.push(meterKit(kit.auth, meterProvider.getMeter('test')), traceCognito(tracer));
    secrets = await takeJourney(kit);
    points = await read();
    spans = spanExporter.getFinishedSpans();
  });

  after(async () => {
    for (const stop of stops) stop();
    await kit.close();
    await Promise.all([meterProvider.shutdown(), tracerProvider.shutdown()]);
    trace.disable();
    context.disable();
    propagation.disable();
  });

  const valueAt = (name: string, attributes: Attributes = {}): unknown => {
    const found = points
      .get(`cognito_kit.${name}`)
      ?.filter((point) =>
        Object.entries(attributes).every(([key, value]) => point.attributes[key] === value),
      );
    expect(found, `${name} ${JSON.stringify(attributes)}`).to.have.lengthOf(1);
    return found?.[0]?.value;
  };

  it('counts sign-ins by outcome and code', () => {
    expect(valueAt('sign_in', { outcome: 'completed' })).to.equal(2);
    expect(valueAt('sign_in', { outcome: 'challenged' })).to.equal(1);
    expect(valueAt('sign_in', { outcome: 'failed' })).to.equal(1);
    expect(valueAt('sign_in', { 'error.type': 'invalid_credentials' })).to.equal(1);
  });

  it('counts the funnel of challenges, refreshes, reuse and events', () => {
    const challenge = 'NEW_PASSWORD_REQUIRED';
    const funnel = ['posed', 'passed', 'failed'].map((outcome) =>
      valueAt('challenge', { challenge, outcome }),
    );
    expect(funnel).to.deep.equal([1, 1, 0]);
    expect(valueAt('refresh', { outcome: 'succeeded' })).to.equal(1);
    expect(valueAt('refresh_token.reuse')).to.equal(0);
    expect(valueAt('event', { type: 'sign_in.failed', code: 'invalid_credentials' })).to.equal(1);
  });

  it('counts tokens and the cache, and tells the age of the signing keys', () => {
    expect(valueAt('token', { outcome: 'accepted' })).to.equal(5);
    expect(valueAt('token', { outcome: 'refused', 'error.type': 'malformed' })).to.equal(1);
    expect(valueAt('token_cache.lookup', { outcome: 'hit' })).to.equal(4);
    expect(valueAt('token_cache.entries')).to.equal(1);
    expect(valueAt('signing_key.count')).to.be.greaterThan(0);
    expect(valueAt('signing_key.age.seconds')).to.be.within(0, 60);
    expect(valueAt('store.available', { store: 'revocation' })).to.equal(1);
  });

  it('has a histogram of the calls to Cognito by operation and error', () => {
    const called = points.get('cognito_kit.cognito.call.duration.seconds') as
      | DataPoint<Histogram>[]
      | undefined;
    const counts = (called ?? []).map(({ attributes, value }) => [
      attributes['rpc.method'],
      attributes['error.type'] ?? 'ok',
      value.count,
    ]);
    expect(counts).to.have.deep.members([
      ['InitiateAuth', 'ok', 2],
      ['InitiateAuth', 'NotAuthorizedException', 1],
      ['RespondToAuthChallenge', 'ok', 1],
      ['GetUser', 'ok', 4],
      ['GetTokensFromRefreshToken', 'ok', 1],
      ['GetUser', 'TooManyRequestsException', 1],
    ]);
    for (const { value } of called ?? []) {
      expect(value.buckets.boundaries).to.include.members([0.005, 0.1, 1, 10]);
      expect(value.sum).to.be.within(0.0001, 20);
    }
  });

  it('agrees with auth.stats()', () => {
    const { cognito, signIns } = kit.auth.stats();
    expect(cognito.InitiateAuth?.count).to.equal(3);
    expect(signIns.completed).to.equal(valueAt('sign_in', { outcome: 'completed' }));
  });

  it('joins the span of a call to that of its request, and to the trace of the client', () => {
    const ofClient = spans.filter((span) => span.spanContext().traceId === TRACE_ID);
    const [call, request] = ofClient;
    expect(ofClient.map(({ name, kind }) => [name, kind])).to.deep.equal([
      ['CognitoIdentityProvider.InitiateAuth', SpanKind.CLIENT],
      ['POST /sign-in', SpanKind.SERVER],
    ]);
    expect(request?.parentSpanContext?.spanId).to.equal(CLIENT_SPAN);
    expect(call?.parentSpanContext?.spanId).to.equal(request?.spanContext().spanId);
    expect(call?.attributes).to.deep.equal({
      'rpc.system': 'aws-api',
      'rpc.service': 'CognitoIdentityProvider',
      'rpc.method': 'InitiateAuth',
    });
    expect(request?.attributes).to.include({ 'http.route': '/sign-in', 'http.response.status_code': 200 });
  });

  it('marks the span of a failed call with the error', () => {
    const failed = spans.filter(({ status }) => status.code === SpanStatusCode.ERROR);
    expect(failed.map(({ attributes }) => attributes['error.type'])).to.deep.equal([
      'NotAuthorizedException',
      'TooManyRequestsException',
    ]);
    for (const span of spans) expect(span.ended).to.equal(true);
  });

  it('has no name, address, token, session or password in any metric or span', () => {
    const told = JSON.stringify([
      ...[...points].map(([name, each]) => [name, each.map(({ attributes }) => attributes)]),
      ...spans.map(({ name, attributes, events, status, links }) => [
        name,
        attributes,
        events,
        status,
        links,
      ]),
    ]);
    expect(told.length).to.be.greaterThan(2000);
    expect(told).to.not.match(/@|127\.0\.0\.1|eyJ|[\da-f]{8}-[\da-f]{4}-/);
    for (const secret of [...secrets, PASSWORD, OTHER_PASSWORD]) expect(told).to.not.include(secret);
  });

  it('exports from the start each series whose first increase is an alarm in docs/operations.md', async () => {
    const other = await startKit({ pool: kit.pool });
    const stop = meterKit(other.auth, meterProvider.getMeter('other'));
    metricExporter.reset();
    await reader.forceFlush();
    const [scope] = metricExporter
      .getMetrics()
      .flatMap(({ scopeMetrics }) => scopeMetrics)
      .filter((each) => each.scope.name === 'other');
    const begun = (scope?.metrics ?? [])
      .filter(({ dataPoints }) => dataPoints.length > 0)
      .map(({ descriptor }) => `${descriptor.name.replaceAll('.', '_')}_total`);
    stop();
    await other.auth.close();
    const { text } = await readPage('docs/operations.md');
    const conditions = tableRows(text, '## Alarms worth having').map(([, condition = '']) => condition);
    // A series that begins with its first event has no increase then.
    const watched = conditions.flatMap((condition) => /^`increase\((\w+).*> 0`$/.exec(condition)?.[1] ?? []);
    expect(watched).to.not.be.empty;
    expect(begun).to.include.members(watched);
  });

  it('exports nothing more after it was stopped', async () => {
    for (const stop of stops) stop();
    const finished = spanExporter.getFinishedSpans().filter(({ kind }) => kind === SpanKind.CLIENT).length;
    expectStatus(await kit.post('/sign-in', ADA), 200);
    const calls = (await read()).get('cognito_kit.cognito.call.duration.seconds') as
      | DataPoint<Histogram>[]
      | undefined;
    const total = (calls ?? []).reduce((sum, { value }) => sum + value.count, 0);
    expect(total).to.equal(10);
    expect(spanExporter.getFinishedSpans().filter(({ kind }) => kind === SpanKind.CLIENT)).to.have.lengthOf(
      finished,
    );
  });
});

interface Dashboard {
  readonly panels: readonly {
    readonly id: number;
    readonly title: string;
    readonly targets?: readonly { readonly expr: string }[];
  }[];
}

describe('examples/opentelemetry.ts', function () {
  this.timeout(30_000);
  let pool: LocalUserPool;
  let text: string;
  let printed: string;
  let queries: readonly string[];
  let dashboard: Dashboard;

  before(async () => {
    pool = await startLocalUserPool({ quiet: true, users: USERS });
    const env = { PORT: String(await freePort()), METRICS_PORT: String(await freePort()) };
    const program = start('examples/opentelemetry.ts', { ...env, ...settingsOf(pool) });
    const [, url = ''] = await program.prints(/(http:\S+)\/reports/);
    const post = (path: string, body: object): Promise<Response> =>
      fetch(url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', traceparent: TRACEPARENT },
        body: JSON.stringify(body),
      });
    const { tokens } = (await (await post('/auth/sign-in', ADA)).json()) as {
      tokens: Record<string, string>;
    };
    expect((await post('/auth/sign-in', INVITED)).status).to.equal(200);
    const authorization = `Bearer ${tokens.accessToken}`;
    for (let i = 0; i < 3; i++)
      expect((await fetch(`${url}/reports`, { headers: { authorization } })).status).to.equal(200);
    expect((await fetch(`${url}/reports`, { headers: { authorization: 'Bearer x' } })).status).to.equal(401);
    expect((await post('/auth/refresh', { refreshToken: 'unknown' })).status).to.equal(401);
    const statuses: number[] = [];
    for (let i = 0; i < 11; i++)
      statuses.push((await post('/auth/sign-in', { ...ADA, password: OTHER_PASSWORD })).status);
    expect(statuses).to.include.members([401, 429]);
    text = await (await fetch(`http://127.0.0.1:${env.METRICS_PORT}/metrics`)).text();
    program.process.kill('SIGTERM');
    expect(await program.exitCode()).to.equal(0);
    printed = program.output();
    dashboard = JSON.parse(await readFile('examples/grafana-dashboard.json', 'utf8')) as Dashboard;
    queries = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
  });

  after(async () => {
    await stopAll();
    await pool.close();
  });

  const exported = (): Set<string> =>
    new Set([...text.matchAll(/^(cognito_kit_\w+)\{/gm)].map(([, name = '']) => name));

  it('exports its metrics for Prometheus, without personal data', () => {
    expect(text).to.match(/^cognito_kit_sign_in_total\{outcome="completed"[^}]*\} 1$/m);
    expect(text).to.match(/^cognito_kit_rate_limit_refusal_total\{limiter="signIn-account"[^}]*\} [1-9]$/m);
    expect(text).to.match(
      /^cognito_kit_cognito_call_duration_seconds_bucket\{rpc_method="InitiateAuth"[^}]*le="0.1"/m,
    );
    expect(text).to.not.match(/@|eyJ/);
  });

  it('has the unit of each metric in its name, so that an OpenTelemetry Collector adds nothing to it', () => {
    const suffixes: Readonly<Record<string, string>> = { s: '_seconds', By: '_bytes', '1': '_ratio' };
    const units = new Map(
      [...text.matchAll(/^# UNIT (\w+) (.+)$/gm)].map(([, name = '', unit = '']) => [name, unit] as const),
    );
    const types = [...text.matchAll(/^# TYPE (cognito_kit_\w+) (\w+)$/gm)];
    expect(types).to.have.lengthOf(exported().size - 2);
    for (const [, name = '', type] of types) {
      const suffix = suffixes[units.get(name) ?? ''] ?? '';
      expect(name).to.match(new RegExp(`${suffix}${type === 'counter' ? '_total' : ''}$`));
    }
    expect([...units.values()]).to.include.members(['s', 'By']);
  });

  it('prints the spans of a request, joined to the trace of the client, without personal data', () => {
    expect(printed).to.include(TRACE_ID).and.to.include('CognitoIdentityProvider.InitiateAuth');
    expect(printed).to.not.match(/@example|eyJ/);
    expect(printed).to.not.include(PASSWORD);
  });

  it('has a dashboard of the metrics that it exports, and of no others', () => {
    const used = new Set(queries.flatMap((query) => query.match(/cognito_kit_\w+/g) ?? []));
    expect(queries.length).to.be.greaterThan(20);
    expect([...used]).to.have.members([...exported()]);
  });

  it('has a dashboard of labels and values that the metrics have', () => {
    const labels = new Set([...text.matchAll(/(\w+)="/g)].map(([, name = '']) => name));
    // Prometheus adds the job.
    labels.add('job');
    for (const query of queries) {
      const grouped = [...query.matchAll(/by \(([^)]*)\)/g)].flatMap(([, names = '']) => names.split(', '));
      const filtered = [...query.matchAll(/(\w+)(?:=~|!=|=)"/g)].map(([, name = '']) => name);
      expect([...labels], query).to.include.members([...grouped, ...filtered]);
      for (const [pair] of query.matchAll(/\w+="\w+"/g)) expect(text, query).to.include(pair);
      expect(query.match(/[([{]/g)?.length, query).to.equal(query.match(/[)\]}]/g)?.length);
    }
  });

  it('has every metric with its labels in the table of docs/metrics.md', async () => {
    const { text: page } = await readPage('docs/metrics.md');
    const rows = [...page.matchAll(/^\| `(cognito_kit_\w+)` \| (\w+) \| (.*?) \|/gm)];
    const series = (name: string): string[] =>
      [...text.matchAll(new RegExp(`^${name}(?:_bucket)?\\{(.*)\\}`, 'gm'))].map(([, labels = '']) => labels);
    const types = new Map(
      [...text.matchAll(/^# TYPE (cognito_kit_\w+) (\w+)$/gm)].map(([, name, type]) => [name, type]),
    );
    expect(rows.map(([, name]) => name)).to.have.members([...types.keys()]);
    for (const [, name = '', type, labels = ''] of rows) {
      expect(types.get(name), name).to.equal(type);
      const had = new Set(
        series(name).flatMap((each) => [...each.matchAll(/(\w+)="/g)].map(([, label = '']) => label)),
      );
      for (const label of ['otel_scope_name', 'le']) had.delete(label);
      expect([...had], name).to.have.members([...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label));
    }
  });

  it('exports the metrics, labels and values of every alarm in docs/operations.md', async () => {
    const { text: page } = await readPage('docs/operations.md');
    const conditions = tableRows(page, '## Alarms worth having').map(([, condition = '']) => condition);
    expect(conditions.length).to.be.greaterThan(10);
    for (const condition of conditions) {
      const used = condition.match(/cognito_kit_\w+/g) ?? [];
      expect(used, condition).to.not.be.empty;
      expect([...exported()], condition).to.include.members(used);
      for (const [, label = ''] of condition.matchAll(/[{,] ?(\w+)=~?"/g))
        expect(text, condition).to.include(`${label}="`);
      for (const [, outcome = ''] of condition.matchAll(/(outcome="\w+")/g))
        expect(text, condition).to.include(outcome);
    }
  });

  it('has a dashboard with a title and an ID of its own for each panel', () => {
    const { panels } = dashboard;
    expect(new Set(panels.map(({ id }) => id)).size).to.equal(panels.length);
    expect(new Set(panels.map(({ title }) => title)).size).to.equal(panels.length);
  });
});
