using System.Globalization;
using System.Text.Json;
using Mesh.Contracts;
using Mesh.Hub.Running;
using Mesh.Hub.Scoring;
using Mesh.Hub.Tables;
using Mesh.Hub.Training;

namespace Mesh.Hub.Sklearn;

/// <summary>What the script is told, in <c>task.json</c>.</summary>
/// <param name="Numbers">Features that are numbers, in the order of the rows.</param>
/// <param name="Categories">Features that are texts, after these.</param>
internal sealed record SklearnTask(
    bool Regression, string Estimator, JsonElement Params, int Folds, int Seed, IReadOnlyList<string> Numbers, IReadOnlyList<string> Categories);

/// <summary>What an estimator said of some rows.</summary>
internal sealed record SklearnOutput(double[]? Values = null, string[]? Labels = null, string[]? Classes = null, float[][]? Probabilities = null)
{
    /// <summary>Measures by name.</summary>
    public Dictionary<string, double> Measure(TrainingData data, IReadOnlyList<int> rows)
    {
        if (Values is not null) return Measures.Regression(data.Values(rows), Values);
        var predictions = new ClassPredictions(Labels!, Probabilities, Classes!);
        return data.Positive is { } positive ? Measures.Binary(data.Labels(rows), predictions, positive) : Measures.Multiclass(data.Labels(rows), predictions);
    }
}

/// <summary>What the script answers, in <c>answer.json</c>.</summary>
internal sealed record SklearnAnswer(IReadOnlyList<SklearnOutput> Folds, SklearnOutput Held);

/// <summary>A folder in which the script finds its task and leaves its answer.</summary>
internal sealed class SklearnFolder : IDisposable
{
    private const string Script = "train_sklearn.py";
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mesh-sklearn-");

    public string Model => Place("model.joblib");

    /// <summary>Lays out the script, the task, and the rows with the fold of each (-1 for held back).</summary>
    /// <param name="rows">Rows of the data's table, in the order in which the script gets them.</param>
    public async Task LayOutAsync(SklearnTask task, TrainingData data, IReadOnlyList<(int Row, int Fold)> rows, CancellationToken ct)
    {
        await using (var script = File.Create(Place(Script)))
        await using (var source = typeof(SklearnFolder).Assembly.GetManifestResourceStream(Script)!)
        {
            await source.CopyToAsync(script, ct);
        }

        await File.WriteAllBytesAsync(Place("task.json"), JsonSerializer.SerializeToUtf8Bytes(task, MeshJson.Strict), ct);
        var columns = task.Numbers.Concat(task.Categories).Prepend(data.Target.Name).Select(name => data.Table.Find(name)!).ToList();
        await using var writer = new StreamWriter(Place("rows.csv")) { NewLine = "\n" };
        foreach (var (row, fold) in rows)
            await writer.WriteLineAsync($"{fold.ToString(CultureInfo.InvariantCulture)},{CsvText.Row(columns.Select(column => column.TextAt(row)))}");
    }

    /// <summary>Runs the script.</summary>
    /// <exception cref="HubFailure">It refused the task.</exception>
    /// <exception cref="CommandFailure">It broke down.</exception>
    public async Task<SklearnAnswer> RunAsync(Job job, Python python, CancellationToken ct)
    {
        var (code, last) = await ChildProcess.RunAsync(job, [python.Program, Place(Script), _folder.FullName], ct);
        if (code == 2) throw new HubFailure(last ?? "The script refused the task and did not say why.");
        if (code != 0) throw new CommandFailure(1, last ?? $"Python ended with exit code {code.ToString(CultureInfo.InvariantCulture)}.", last is not null);
        await using var answer = File.OpenRead(Place("answer.json"));
        return (await JsonSerializer.DeserializeAsync<SklearnAnswer>(answer, MeshJson.Tolerant, ct))!;
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private string Place(string name) => Path.Combine(_folder.FullName, name);
}
