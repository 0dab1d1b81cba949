/**
 * An app with metrics for Prometheus and with traces. npm install @opentelemetry/api @opentelemetry/sdk-metrics
 * @opentelemetry/sdk-trace-node @opentelemetry/resources @opentelemetry/exporter-prometheus
 *
 *   COGNITO_USER_POOL_ID=eu-central-1_AbCdEfGhI COGNITO_CLIENT_ID=1h57kf5cpq17m0eml12EXAMPLE \
 *     node --import tsx examples/opentelemetry.ts
 */
import { metrics, trace } from '@opentelemetry/api';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { ConsoleSpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import express from 'express';
import { createCognitoRouter, getAuth } from 'express-cognito-kit';
import { meterKit, traceCognito, traceRequests } from './opentelemetry-instruments.ts';

const resource = defaultResource().merge(resourceFromAttributes({ 'service.name': 'reports' }));

// Prometheus reads the metrics here. Its port must not be reachable from the internet.
const metricsPort = Number(process.env.METRICS_PORT ?? 9464);
const exporter = new PrometheusExporter({ host: '127.0.0.1', port: metricsPort });
const meterProvider = new MeterProvider({ resource, readers: [exporter] });
metrics.setGlobalMeterProvider(meterProvider);

// In production: new BatchSpanProcessor(new OTLPTraceExporter()) of @opentelemetry/exporter-trace-otlp-http.
const tracerProvider = new NodeTracerProvider({
  resource,
  spanProcessors: [new SimpleSpanProcessor(new ConsoleSpanExporter())],
});
tracerProvider.register();
const tracer = trace.getTracer('express-cognito-kit');

const app = express();
app.use(traceRequests(tracer));

const auth = createCognitoRouter({ logger: false });
app.use('/auth', auth);
app.get('/reports', auth.requireAuth(), (req, res) => {
  res.json({ reports: ['2026-Q1', '2026-Q2'], reader: getAuth(req).username });
});

meterKit(auth, metrics.getMeter('express-cognito-kit'));
traceCognito(tracer);

const port = Number(process.env.PORT ?? 3000);
const server = app.listen(port, (error) => {
  if (error) throw error;
  console.log(`http://localhost:${port}/reports, metrics at http://localhost:${metricsPort}/metrics`);
});

// Requests under way are finished first. A second signal ends the process at once.
const stop = async (): Promise<void> => {
  process.off('SIGTERM', stop).off('SIGINT', stop);
  await auth.close({ server });
  await Promise.all([meterProvider.shutdown(), tracerProvider.shutdown()]);
  process.exit();
};
process.on('SIGTERM', stop).on('SIGINT', stop);
