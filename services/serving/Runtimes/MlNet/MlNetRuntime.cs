using System.Collections.Concurrent;
using Mesh.Serving.Tensors;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers.FastTree;
using Microsoft.ML.Trainers.LightGbm;

namespace Mesh.Serving.Runtimes.MlNet;

/// <summary>
/// Runs a model that ML.NET saved as a zip. A lane is an input row with the model's getters on top of it; making one costs milliseconds and using it
/// microseconds, so lanes are pooled: as many exist as requests ever ran at once.
/// </summary>
internal sealed class MlNetRuntime : IModelRuntime
{
    private const int MaxIdle = 64;

    private readonly ConcurrentQueue<Lane> _idle = new();
    private readonly IRowToRowMapper _mapper;
    private readonly ITransformer _model;

    private MlNetRuntime(ITransformer model, IRowToRowMapper mapper, ModelLayout layout)
    {
        (_model, _mapper, Layout) = (model, mapper, layout);
        _idle.Enqueue(new Lane(mapper, layout));
    }

    public ModelLayout Layout { get; }

    public string Platform => "mlnet_zip";

    public int RowMultiple => 1;

    /// <exception cref="ModelLoadException">It is not a model, or not the one that the signature describes.</exception>
    public static MlNetRuntime Load(string path, ModelLayout layout)
    {
        var context = new MLContext();
        context.ComponentCatalog.RegisterAssembly(typeof(FastTreeBinaryTrainer).Assembly);
        context.ComponentCatalog.RegisterAssembly(typeof(LightGbmBinaryTrainer).Assembly);
        var model = context.Model.Load(path, out var schema);
        try
        {
            if (schema is null) throw new ModelLoadException("The model was saved without its input schema.");
            if (!model.IsRowToRowMapper) throw new ModelLoadException("The model does not map row to row, so it cannot answer for single rows.");
            var mapper = model.GetRowToRowMapper(schema);
            Check(mapper, layout);
            return new MlNetRuntime(model, mapper, layout);
        }
        catch
        {
            (model as IDisposable)?.Dispose();
            throw;
        }
    }

    public void Infer(TensorBatch batch)
    {
        if (!_idle.TryDequeue(out var lane)) lane = new Lane(_mapper, Layout);
        try
        {
            lane.Run(batch);
        }
        catch
        {
            // Its getters may have stopped half way.
            lane.Dispose();
            throw;
        }

        if (_idle.Count < MaxIdle) _idle.Enqueue(lane);
        else lane.Dispose();
    }

    public void Dispose()
    {
        while (_idle.TryDequeue(out var lane)) lane.Dispose();
        (_model as IDisposable)?.Dispose();
    }

    private static void Check(IRowToRowMapper mapper, ModelLayout layout)
    {
        foreach (var output in layout.Outputs)
        {
            if (mapper.OutputSchema.GetColumnOrNull(output.Name) is null)
                throw new ModelLoadException($"The signature names the output '{output.Name}', which the model does not give.");
        }

        foreach (var input in layout.Inputs)
        {
            if (mapper.InputSchema.GetColumnOrNull(input.Name) is null)
                throw new ModelLoadException($"The signature names the input '{input.Name}', which the model does not take.");
        }

        // The label, for one, is a column of the input schema that no output depends on.
        var needed = mapper.GetDependencies(layout.Outputs.Select(output => mapper.OutputSchema[output.Name]));
        foreach (var column in needed)
        {
            if (layout.IndexOfInput(column.Name) < 0)
                throw new ModelLoadException($"The model needs the column '{column.Name}', which is not an input of its signature.");
        }
    }

    private sealed class Lane : IDisposable
    {
        private readonly MlNetRow _input;
        private readonly DataViewRow _output;
        private readonly MlNetOutput[] _outputs;

        public Lane(IRowToRowMapper mapper, ModelLayout layout)
        {
            _input = new MlNetRow(mapper.InputSchema, layout);
            _output = mapper.GetRow(_input, layout.Outputs.Select(output => mapper.OutputSchema[output.Name]));
            _outputs = [.. layout.Outputs.Select((output, index) => MlNetOutput.Create(_output, index, output))];
        }

        public void Run(TensorBatch batch)
        {
            _input.Bind(batch);
            foreach (var output in _outputs) output.Bind(batch);
            for (var row = 0; row < batch.Rows; row++)
            {
                _input.MoveTo(row);
                foreach (var output in _outputs) output.Read(row);
            }
        }

        public void Dispose()
        {
            _output.Dispose();
            _input.Dispose();
        }
    }
}
