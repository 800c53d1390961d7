using Mesh.Serving.Tensors;
using Microsoft.ML.OnnxRuntime;
using SessionOptions = Microsoft.ML.OnnxRuntime.SessionOptions;

namespace Mesh.Serving.Runtimes.Onnx;

/// <summary>
/// Runs an ONNX graph. Inputs and outputs are matched by name; a graph with a single <c>[rows, features]</c> input may also be described by one column per feature.
/// Each request computes on its own thread: requests, not operators, are what runs in parallel.
/// </summary>
internal sealed class OnnxModelRuntime : IModelRuntime
{
    private readonly InferenceSession _session;
    private readonly RunOptions _run = new();
    private readonly OnnxInput[] _inputs;
    private readonly OnnxOutput[] _outputs;
    private readonly string[] _inputNames;
    private readonly string[] _outputNames;

    static OnnxModelRuntime()
    {
        // What goes wrong comes as an exception; the native library need not write to the console too.
        if (OrtEnv.IsCreated) return;
        var quiet = new EnvironmentCreationOptions { logId = "mesh", logLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
        OrtEnv.CreateInstanceWithOptions(ref quiet);
    }

    private OnnxModelRuntime(InferenceSession session, ModelLayout layout)
    {
        (_session, Layout) = (session, layout);
        _inputs = Inputs(session, layout);
        _outputs = [.. layout.Outputs.Select((spec, index) => session.OutputMetadata.TryGetValue(spec.Name, out var node)
            ? OnnxOutput.Create(node, index, spec)
            : throw new ModelLoadException(
                $"The signature names the output '{spec.Name}', which the model does not give; it gives {Names(session.OutputMetadata.Keys)}."))];
        _inputNames = [.. _inputs.Select(input => input.Name)];
        _outputNames = [.. layout.Outputs.Select(output => output.Name)];
        RowMultiple = _inputs.Max(input => input.FixedRows) is > 0 and var rows ? rows : 1;
        HasFixedRows = _inputs.Any(input => input.FixedRows > 0);
        if (_inputs.Any(input => input.FixedRows > 0 && input.FixedRows != RowMultiple))
            throw new ModelLoadException("The inputs of the model have different fixed batch sizes.");
    }

    public ModelLayout Layout { get; }

    public string Platform => "onnx_onnxv1";

    public int RowMultiple { get; }

    private bool HasFixedRows { get; }

    /// <exception cref="ModelLoadException">It is not a model, or not the one that the signature describes.</exception>
    public static OnnxModelRuntime Load(string path, ModelLayout layout)
    {
        using var options = new SessionOptions
        {
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            IntraOpNumThreads = 1,
            InterOpNumThreads = 1,
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
        };
        var session = new InferenceSession(path, options);
        try
        {
            return new OnnxModelRuntime(session, layout);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    public void Infer(TensorBatch batch)
    {
        // A graph with a fixed batch size gets its rows in slices of that size.
        var step = HasFixedRows ? RowMultiple : batch.Rows;
        for (var start = 0; start < batch.Rows; start += step) Infer(batch, start, step);
    }

    public void Dispose()
    {
        _session.Dispose();
        _run.Dispose();
    }

    private void Infer(TensorBatch batch, int start, int rows)
    {
        using var rented = new RentedBuffers();
        var values = new OrtValue[_inputs.Length];
        try
        {
            for (var i = 0; i < values.Length; i++) values[i] = _inputs[i].Take(batch, start, rows, rented);
            using var results = _session.Run(_run, _inputNames, values, _outputNames);
            for (var i = 0; i < _outputs.Length; i++) _outputs[i].Put(results[i], batch, start, rows);
        }
        finally
        {
            foreach (var value in values) value?.Dispose();
        }
    }

    private static OnnxInput[] Inputs(InferenceSession session, ModelLayout layout)
    {
        foreach (var (name, node) in session.InputMetadata)
        {
            if (!node.IsTensor || node.Dimensions.Length == 0)
                throw new ModelLoadException($"The input '{name}' of the model is not a tensor with a batch dimension.");
        }

        var inputs = session.InputMetadata;
        if (inputs.Count == 1 && layout.IndexOfInput(inputs.Keys.First()) < 0
            && OnnxInput.Packed(inputs.Keys.First(), inputs.Values.First(), layout) is { } packed) return [packed];

        foreach (var spec in layout.Inputs)
        {
            if (!inputs.ContainsKey(spec.Name))
                throw new ModelLoadException($"The signature names the input '{spec.Name}', which the model does not take; it takes {Names(inputs.Keys)}.");
        }

        return [.. inputs.Select(input => layout.IndexOfInput(input.Key) is >= 0 and var index
            ? OnnxInput.Create(input.Key, input.Value, index, layout.Inputs[index])
            : throw new ModelLoadException($"The model takes the input '{input.Key}', which its signature does not name."))];
    }

    private static string Names(IEnumerable<string> names) => string.Join(", ", names.Select(name => $"'{name}'"));
}
