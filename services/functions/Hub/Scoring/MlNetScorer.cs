using Mesh.Contracts.Artifacts;
using Mesh.Hub.Running;
using Mesh.Hub.Tables;
using Mesh.Hub.Training;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Mesh.Hub.Scoring;

/// <summary>A model of ML.NET, by the convention of <see cref="TrainedModel"/>.</summary>
internal sealed class MlNetScorer : IModelScorer
{
    private readonly ITransformer _model;
    private readonly FeatureSet _features;
    private readonly IReadOnlyList<Column> _outputs;

    /// <exception cref="HubFailure">The file is no model, or is not what its signature says.</exception>
    public MlNetScorer(string path, ModelSignature signature)
    {
        try
        {
            _model = new MLContext(1).Model.Load(path, out _);
        }
        catch (Exception e) when (e is FormatException or InvalidDataException or InvalidOperationException or ArgumentException)
        {
            throw new HubFailure($"The model's file cannot be loaded by ML.NET: {CrossValidation.Cause(e)}.");
        }

        if (signature.Inputs.FirstOrDefault(i => i.Shape is { Count: > 0 }) is { } vector)
            throw new HubFailure($"The model's input '{vector.Name}' is a vector; a table has scalar columns.");
        _features = new FeatureSet(
            [.. signature.Inputs.Where(i => i.Type != ColumnType.Bytes).Select(i => i.Name)],
            [.. signature.Inputs.Where(i => i.Type == ColumnType.Bytes).Select(i => i.Name)]);
        _outputs = signature.Outputs;
    }

    public IReadOnlyList<ModelOutput> Score(Table table, IReadOnlyList<int> rows)
    {
        var scored = _model.Transform(_features.View(table, rows));
        return [.. _outputs.Select(o => Read(scored, o.Name))];
    }

    public void Dispose() => (_model as IDisposable)?.Dispose();

    private static ModelOutput Read(IDataView scored, string name)
    {
        if (scored.Schema.GetColumnOrNull(name) is not { } column)
            throw new HubFailure($"The model has no output '{name}', though its signature says so.");
        return column.Type switch
        {
            TextDataViewType => new ModelOutput(name, [.. scored.GetColumn<string>(column)], null),
            NumberDataViewType { RawType: var raw } when raw == typeof(float) => new ModelOutput(name, null, [.. scored.GetColumn<float>(column).Select(v => new[] { v })]),
            VectorDataViewType { ItemType: NumberDataViewType { RawType: var raw } } when raw == typeof(float) =>
                new ModelOutput(name, null, [.. scored.GetColumn<float[]>(column)]),
            BooleanDataViewType => new ModelOutput(name, [.. scored.GetColumn<bool>(column).Select(v => v ? "true" : "false")], null),
            _ => throw new HubFailure($"The model's output '{name}' is of a type that cannot be written to a table: {column.Type}."),
        };
    }
}
