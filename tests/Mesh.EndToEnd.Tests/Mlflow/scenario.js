// What a program does that was written with the npm package mlflow: https://www.npmjs.com/package/mlflow (2.0.7), used as it comes.
// Environment: MLFLOW_TRACKING_URI, MLFLOW_TRACKING_TOKEN. Prints one line of JSON at the end.
const assert = require('node:assert/strict');
const { default: MLflow } = require('mlflow/lib/mlflow.js');

console.log = () => {}; // The package prints every body that it sends.

async function main() {
  const uri = process.env.MLFLOW_TRACKING_URI;
  const headers = { Authorization: `Bearer ${process.env.MLFLOW_TRACKING_TOKEN}` };
  const mlflow = new MLflow({ endpoint: uri, headers });
  const fails = async (call, code) => {
    const error = await call.then(() => assert.fail('It was not refused.'), e => e);
    assert.match(error.message, new RegExp(code));
  };

  const { experiment_id } = await mlflow.Experiments.create({ name: 'from node' });
  await fails(mlflow.Experiments.create({ name: 'from node' }), 'RESOURCE_ALREADY_EXISTS');
  assert.equal((await mlflow.Experiments.get({ experiment_id })).experiment.name, 'from node');
  const names = (await mlflow.Experiments.list()).experiments.map(e => e.name);
  assert.ok(names.includes('Default') && names.includes('from node'));
  await mlflow.Experiments.update({ experiment_id, new_name: 'renamed' });

  const created = await mlflow.Runs.create({ experiment_id, user_id: 'node', start_time: 1700000000000, tags: [{ key: 'mlflow.runName', value: 'fit' }] });
  const run_id = created.run.info.run_id;
  await mlflow.Runs.logParameter({ run_id, key: 'lr', value: '0.1' });
  await fails(mlflow.Runs.logParameter({ run_id, key: 'lr', value: '0.2' }), 'INVALID_PARAMETER_VALUE');
  for (let step = 0; step < 5; step++) await mlflow.Runs.logMetric({ run_id, key: 'loss', value: 1 / (step + 1), timestamp: 1700000000000 + step, step });
  await mlflow.Runs.logBatch({
    run_id,
    metrics: [{ key: 'auc', value: 0.97, timestamp: 1700000001000, step: 5 }],
    params: [{ key: 'depth', value: '3' }],
    tags: [{ key: 'team', value: 'red' }, { key: 'gone', value: 'soon' }],
  });
  await mlflow.Runs.setTag({ run_id, key: 'note', value: 'é😀' });
  await mlflow.Runs.deleteTag({ run_id, key: 'gone' });
  assert.deepEqual((await mlflow.Metrics.getHistory({ run_id, metric_key: 'loss' })).metrics.map(m => m.step), [0, 1, 2, 3, 4]);

  const file = await fetch(`${uri}/api/2.0/mlflow-artifacts/artifacts/${experiment_id}/${run_id}/artifacts/model/weights.txt`, { method: 'PUT', headers, body: 'weights' });
  assert.equal(file.status, 200);
  assert.deepEqual((await mlflow.Artifacts.list({ run_id })).files, [{ path: 'model', is_dir: true }]);
  assert.deepEqual((await mlflow.Artifacts.list({ run_id, path: 'model' })).files, [{ path: 'model/weights.txt', is_dir: false, file_size: 7 }]);
  const download = await fetch(`${uri}/get-artifact?run_id=${run_id}&path=model/weights.txt`, { headers });
  assert.equal(await download.text(), 'weights');

  const found = await mlflow.Runs.search({ experiment_ids: [experiment_id], filter: "metrics.auc > 0.9 and params.depth = '3' and tags.team = 'red'", order_by: ['metrics.auc DESC'] });
  assert.deepEqual(found.runs.map(r => r.info.run_id), [run_id]);
  assert.deepEqual(await mlflow.Runs.search({ experiment_ids: [experiment_id], filter: 'metrics.auc > 0.99' }), {});
  await fails(mlflow.Runs.search({ experiment_ids: [experiment_id], filter: 'metrics.auc >' }), 'INVALID_PARAMETER_VALUE');

  await mlflow.Runs.update({ run_id, status: 'FINISHED', end_time: 1700000060000 });
  const { run } = await mlflow.Runs.get({ run_id });
  assert.equal(run.info.status, 'FINISHED');
  assert.equal(run.info.end_time, 1700000060000);

  const other = (await mlflow.Runs.create({ experiment_id })).run.info.run_id;
  await mlflow.Runs.delete({ run_id: other });
  await mlflow.Runs.restore({ run_id: other });
  await mlflow.Runs.delete({ run_id: other });
  await fails(mlflow.Runs.logMetric({ run_id: other, key: 'x', value: 1, timestamp: 1 }), 'INVALID_PARAMETER_VALUE');
  await fails(mlflow.Runs.get({ run_id: '0'.repeat(32) }), 'RESOURCE_DOES_NOT_EXIST');
  process.stdout.write(`${JSON.stringify({ run_id, experiment_id })}\n`);
}

main().catch(error => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
});
