// What a program does that OpenTelemetry watches: the npm packages @opentelemetry/…, used as they come, with both of their exporters over HTTP.
// Environment: MLFLOW_TRACKING_URI, MLFLOW_TRACKING_TOKEN. Prints one line of JSON at the end.
const assert = require('node:assert/strict');
const { SpanKind, SpanStatusCode, context, trace } = require('@opentelemetry/api');
const { BasicTracerProvider, BatchSpanProcessor } = require('@opentelemetry/sdk-trace-base');

const uri = process.env.MLFLOW_TRACKING_URI;
const headers = { Authorization: `Bearer ${process.env.MLFLOW_TRACKING_TOKEN}` };

async function call(method, path, body) {
  const answer = await fetch(`${uri}${path}`, { method, headers: { ...headers, 'Content-Type': 'application/json' }, body: body && JSON.stringify(body) });
  const text = await answer.text();
  assert.equal(answer.status, 200, `${method} ${path}: ${answer.status} ${text}`);
  return JSON.parse(text);
}

// One trace of two spans, at a given time, so that both encodings say the same.
async function send(module, experiment) {
  const { OTLPTraceExporter } = require(module);
  const exporter = new OTLPTraceExporter({ url: `${uri}/v1/traces`, headers: { ...headers, 'x-mlflow-experiment-id': experiment }, compression: module.endsWith('proto') ? 'gzip' : 'none' });
  const results = [];
  const watched = { export: (spans, done) => exporter.export(spans, result => { results.push(result); done(result); }), shutdown: () => exporter.shutdown(), forceFlush: () => exporter.forceFlush() };
  const provider = new BasicTracerProvider({ spanProcessors: [new BatchSpanProcessor(watched)] });
  const tracer = provider.getTracer('scenario', '1');
  const root = tracer.startSpan('answer', { kind: SpanKind.SERVER, startTime: [1772366400, 1], attributes: { 'mlflow.spanInputs': '{"q": "é😀"}', 'mlflow.spanOutputs': '"a"', 'session.id': 's-1' } });
  const child = tracer.startSpan('look up', { startTime: [1772366400, 5000], attributes: { whole: 7, real: 0.5, flag: false, list: ['x', 'y'] } }, trace.setSpan(context.active(), root));
  child.addEvent('found', { n: 3 }, [1772366401, 0]);
  child.setStatus({ code: SpanStatusCode.ERROR, message: 'none' });
  child.end([1772366401, 250000000]);
  root.end([1772366402, 500000000]);
  await provider.forceFlush();
  await provider.shutdown();
  assert.deepEqual(results.map(result => result.code), [0], String(results[0]?.error));
  return `tr-${root.spanContext().traceId}`;
}

// What MLflow's own SDK for TypeScript does when a trace has ended: it tells the trace, and writes the spans into the folder that the answer names.
async function tell(experiment_id) {
  const trace_info = {
    trace_id: 'tr-00112233445566778899aabbccddeeff', trace_location: { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id } }, request_time: new Date(1772366400123).toISOString(),
    execution_duration: `${12.5 / 1000}s`, state: 'OK', trace_metadata: { 'mlflow.trace_schema.version': '3' }, tags: {}, assessments: [],
  };
  const { trace } = await call('POST', '/api/3.0/mlflow/traces', { trace: { trace_info } });
  const { pathname } = new URL(trace.trace_info.tags['mlflow.artifactLocation']);
  const data = { spans: [{ name: 'answer', attributes: { q: 'é😀' } }] };
  await call('PUT', `/api/2.0/mlflow-artifacts/artifacts${pathname}/traces.json`, data);
  const again = (await call('GET', `/api/3.0/mlflow/traces/${trace_info.trace_id}`)).trace.trace_info;
  assert.deepEqual([again.request_time, again.execution_duration, again.state], [trace_info.request_time, '0.012s', 'OK']);
  assert.deepEqual(await call('GET', `/api/2.0/mlflow-artifacts/artifacts${pathname}/traces.json`), data);
  assert.deepEqual(await call('POST', '/api/3.0/mlflow/traces/delete-traces', { experiment_id, request_ids: [trace_info.trace_id] }), { traces_deleted: 1 });
  assert.equal((await fetch(`${uri}/api/2.0/mlflow-artifacts/artifacts${pathname}/traces.json`, { headers })).status, 404);
}

async function main() {
  const { experiment_id } = await call('POST', '/api/2.0/mlflow/experiments/create', { name: `from ${uri}` });
  const locations = [{ type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id } }];
  await tell(experiment_id);
  const ids = [await send('@opentelemetry/exporter-trace-otlp-proto', experiment_id), await send('@opentelemetry/exporter-trace-otlp-http', experiment_id)];

  const found = await call('POST', '/api/3.0/mlflow/traces/search', { locations, filter: "name = 'answer' AND execution_time_ms = 2499 AND metadata.`mlflow.trace.session` = 's-1'" });
  assert.deepEqual(found.traces.map(info => info.trace_id).sort(), [...ids].sort());
  assert.ok(found.traces.every(info => info.state === 'OK' && info.request_preview === '{"q": "é😀"}' && info.response_preview === '"a"'));

  const { traces } = await call('GET', `/api/3.0/mlflow/traces/batchGet?trace_ids=${ids[0]}&trace_ids=${ids[1]}`);
  const told = traces.map(({ spans }) => spans.map(({ trace_id, span_id, parent_span_id, ...rest }) => ({ ...rest, isChild: parent_span_id === spans[0].span_id })));
  assert.deepEqual(told[0], told[1]);
  assert.deepEqual(told[0].map(span => [span.name, span.isChild, span.status.code]), [['answer', false, 'STATUS_CODE_UNSET'], ['look up', true, 'STATUS_CODE_ERROR']]);
  assert.deepEqual(told[0][1].attributes[3], { key: 'list', value: { array_value: { values: [{ string_value: 'x' }, { string_value: 'y' }] } } });
  assert.equal(told[0][0].start_time_unix_nano, '1772366400000000001');

  await call('PATCH', `/api/3.0/mlflow/traces/${ids[0]}/tags`, { key: 'seen', value: 'yes' });
  assert.equal((await call('GET', `/ajax-api/3.0/mlflow/traces/${ids[0]}`)).trace.trace_info.tags.seen, 'yes');
  assert.deepEqual(await call('POST', '/api/3.0/mlflow/traces/delete-traces', { experiment_id, request_ids: ids }), { traces_deleted: 2 });
  assert.deepEqual(await call('POST', '/api/3.0/mlflow/traces/search', { locations }), {});
  process.stdout.write(`${JSON.stringify({ compared: told.length })}\n`);
}

main().catch(error => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
});
