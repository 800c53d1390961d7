using Mesh.Benchmarks;
using Mesh.Benchmarks.Baselines;

return args switch
{
    ["--bare-endpoint", var port, var model, var signature] => await BareEndpoint.RunAsync(port, model, signature),
    ["--bare-proxy", var port, var target] => await BareProxy.RunAsync(port, target),
    _ => await BenchmarkRun.RunAsync(args),
};
