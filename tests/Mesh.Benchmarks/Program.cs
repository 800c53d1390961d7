using Mesh.Benchmarks;
using Mesh.Benchmarks.Baselines;

return args switch
{
    ["--bare-endpoint", var port, var model, var signature] => await BareEndpoint.RunAsync(port, model, signature),
    ["--bare-files", var port, var folder] => await BareFiles.RunAsync(port, folder),
    ["--bare-proxy", var port, var target] => await BareProxy.RunAsync(port, target),
    _ => await BenchmarkRun.RunAsync(args),
};
