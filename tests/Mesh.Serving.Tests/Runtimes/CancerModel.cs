using Mesh.Contracts.Artifacts;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Mesh.Serving.Tests.Runtimes;

/// <summary>A model trained on real data, shaped as the platform's trainer shapes them: one Single column per feature, the label as text.</summary>
public sealed class CancerModel : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mesh-serving-").FullName;

    public CancerModel()
    {
        var csv = DataFile("breast_cancer.csv");
        Features = [.. File.ReadLines(csv).First().Split(',').SkipLast(1)];
        var columns = Features.Select((name, index) => new TextLoader.Column(name, DataKind.Single, index)).Append(new TextLoader.Column("diagnosis", DataKind.String, Features.Length));
        Context = new MLContext(seed: 1);
        Data = Context.Data.LoadFromTextFile(csv, new TextLoader.Options { HasHeader = true, Separators = [','], Columns = [.. columns] });
        var pipeline = Context.Transforms.Conversion.MapValueToKey("Label", "diagnosis")
            .Append(Context.Transforms.Concatenate("Features", Features))
            .Append(Context.Transforms.NormalizeMinMax("Features"))
            .Append(Context.MulticlassClassification.Trainers.LightGbm(numberOfIterations: 20))
            .Append(Context.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
        Model = pipeline.Fit(Data);
        Path = System.IO.Path.Combine(_folder, "model.zip");
        Context.Model.Save(Model, Data.Schema, Path);
        Rows = [.. File.ReadLines(csv).Skip(1).Select(line => line.Split(',').SkipLast(1).Select(v => float.Parse(v, System.Globalization.CultureInfo.InvariantCulture)).ToArray())];
        Labels = [.. File.ReadLines(csv).Skip(1).Select(line => line.Split(',')[^1])];
    }

    public MLContext Context { get; }

    public IDataView Data { get; }

    public ITransformer Model { get; }

    public string Path { get; }

    public string[] Features { get; }

    public float[][] Rows { get; }

    public string[] Labels { get; }

    public ModelSignature Signature => new(
        [.. Features.Select(name => new Column(name, ColumnType.Fp32))], [new Column("PredictedLabel", ColumnType.Bytes), new Column("Score", ColumnType.Fp32, [2])]);

    public static string DataFile(string name)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var file = System.IO.Path.Combine(folder.FullName, "tests", "data", name);
            if (File.Exists(file)) return file;
        }

        throw new FileNotFoundException($"tests/data/{name} is not above {AppContext.BaseDirectory}.");
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
