using Mesh.Contracts.Artifacts;
using Mesh.Serving.Runtimes.MlNet;
using Mesh.Serving.Runtimes.Onnx;
using Mesh.Serving.Tensors;

namespace Mesh.Serving.Runtimes;

/// <summary>Opens model files by the name of their framework.</summary>
internal static class ModelRuntimes
{
    /// <summary>Whether models of a framework can be served.</summary>
    public static bool Serves(string framework) => framework is "mlnet" or "onnx";

    /// <summary>Loads a model file and infers once, so that the first request finds everything warm.</summary>
    /// <exception cref="ModelLoadException">It cannot be served; the message says why.</exception>
    public static IModelRuntime Load(string framework, string path, ModelSignature signature)
    {
        try
        {
            var layout = new ModelLayout(signature);
            IModelRuntime runtime = framework switch
            {
                "mlnet" => MlNetRuntime.Load(path, layout),
                "onnx" => OnnxModelRuntime.Load(path, layout),
                _ => throw new ModelLoadException($"Models of the framework '{framework}' cannot be served; 'mlnet' and 'onnx' can."),
            };
            try
            {
                WarmUp(runtime);
                return runtime;
            }
            catch
            {
                runtime.Dispose();
                throw;
            }
        }
        catch (Exception e) when (e is not (ModelLoadException or OutOfMemoryException))
        {
            throw new ModelLoadException($"The model does not load: {e.Message}", e);
        }
    }

    private static void WarmUp(IModelRuntime runtime)
    {
        var batch = new TensorBatch(runtime.Layout) { Rows = runtime.RowMultiple };
        foreach (var input in batch.Inputs)
        {
            input.Resize(batch.Rows, [.. input.Spec.Shape.Select(dimension => dimension < 0 ? 1 : dimension)]);
            input.Clear();
        }

        runtime.Infer(batch);
    }
}
