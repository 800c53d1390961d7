using Mesh.Hub.Scoring;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Mesh.Hub.Training;

/// <summary>Feature vectors of rows, made once and shared by every algorithm that is tried on them.</summary>
internal sealed class Featurized
{
    private readonly float[][] _vectors;
    private readonly int _width;

    private Featurized(float[][] vectors, int width) => (_vectors, _width) = (vectors, width);

    /// <summary>Learns means, scales and categories from <paramref name="fit"/> alone, and makes the vectors of <paramref name="rows"/>.</summary>
    public static Featurized Of(TrainingData data, IReadOnlyList<int> fit, IReadOnlyList<int> rows, int seed)
    {
        var ml = new MLContext(seed);
        var featurizer = Featurizer.For(ml, data.Features).Fit(data.Features.View(data.Table, fit));
        var vectors = new float[data.Table.Rows][];
        var at = 0;
        foreach (var vector in featurizer.Transform(data.Features.View(data.Table, rows)).GetColumn<float[]>(Featurizer.Features)) vectors[rows[at++]] = vector;
        return new Featurized(vectors, vectors[rows[0]].Length);
    }

    /// <summary>The vectors of some of the rows.</summary>
    public TableView View(IReadOnlyList<int> rows) => new TableView(rows).AddVectors(Featurizer.Features, _vectors, _width);
}
