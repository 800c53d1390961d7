using System.Buffers;
using System.Text;
using System.Text.Json;
using Mesh.Artifacts.Blobs;
using Mesh.Artifacts.Files;
using Mesh.Artifacts.Models.Opening;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Mlflow;
using YamlDotNet.Core;
using YamlDotNet.Serialization;

namespace Mesh.Artifacts.Mlflow;

/// <summary>What the files of a version are, as far as they are here.</summary>
/// <param name="Digest">Of its ONNX file: the version can be served from it.</param>
internal sealed record SourceContent(string Framework, string? Digest, long Size, ModelSignature Signature, ModelFile? File)
{
    /// <summary>Files that are elsewhere, or of no known form.</summary>
    public static SourceContent Unknown { get; } = new("mlflow", null, 0, new ModelSignature([], []), null);
}

/// <summary>
/// Reads the folder that a client of MLflow logged as a model: its <c>MLmodel</c> names the framework and the signature. An ONNX file in it is kept with the version
/// by its digest, so that what is registered stays what it is, and can be served.
/// </summary>
internal sealed class SourceFolder(FileTree files, BlobLedger ledger, ModelOpener opener)
{
    private const string Own = "mlflow-artifacts:/";
    private const int MaxSource = 1000;
    private const int MaxDescription = 1 << 20;
    private const int MostNested = 50;
    private static readonly SearchValues<char> SchemeCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");

    /// <summary>Checks the address of a version's files. It is handed to clients, who read there: it must name a place that is not on this machine.</summary>
    public static string Checked(string source)
    {
        MlflowForm.Value(source, "source", MaxSource);
        var scheme = source.IndexOf(':', StringComparison.Ordinal);
        if (scheme < 2 || source.AsSpan(0, scheme).ContainsAnyExcept(SchemeCharacters) || source.StartsWith("file:", StringComparison.OrdinalIgnoreCase))
            throw MlflowRefusal.Invalid($"Invalid model version source: '{source}'. A path on some machine means nothing to others: log the model to a run, or name an address with a scheme such as mlflow-artifacts:, runs:, models: or s3:.");
        var decoded = Uri.UnescapeDataString(source);
        return decoded.Contains("..", StringComparison.Ordinal) || decoded.AsSpan().ContainsAny('#', '?', '\\') || decoded.Any(char.IsControl)
            ? throw MlflowRefusal.Invalid($"Invalid model version source: '{source}'. It must be a plain address without '..', '#', '?' and backslashes.")
            : source;
    }

    /// <summary>What is at a source.</summary>
    public async Task<SourceContent> OpenAsync(string project, string source, CancellationToken ct)
    {
        if (!source.StartsWith(Own, StringComparison.Ordinal) || FilePath.Read(source[Own.Length..].TrimStart('/')) is not { Rejected: null, Path: var folder }) return SourceContent.Unknown;
        if (await files.FindAsync(project, $"{folder}/MLmodel", ct) is not { Size: <= MaxDescription } description) return SourceContent.Unknown;
        var model = await ReadAsync(project, description.Digest, ct);
        if (model is null) return SourceContent.Unknown;
        var signature = SignatureOf(model) ?? new ModelSignature([], []);
        var framework = model.Flavors.Keys.Where(flavor => flavor != "python_function").Order(StringComparer.Ordinal).FirstOrDefault(IsName) ?? "mlflow";
        if (framework != "onnx") return SourceContent.Unknown with { Framework = framework, Signature = signature };

        var name = model.Flavors["onnx"].GetValueOrDefault("data")?.ToString() ?? "model.onnx";
        if (FilePath.Read($"{folder}/{name}") is not { Rejected: null, Path: var path } || await files.FindAsync(project, path, ct) is not { } content
            || await opener.TryReadOnnxAsync(project, content.Digest, ct) is not { } file) return SourceContent.Unknown with { Signature = signature };
        // What the graph takes and gives counts: clients describe data frames, which a graph does not take.
        if (signature.Inputs.Count == 0 || signature.Outputs.Count == 0 || SignatureMatch.Difference(file, signature) is not null) signature = SignatureMatch.Of(file) ?? signature;
        return new SourceContent("onnx", content.Digest, content.Size, signature, file);
    }

    private async Task<Description?> ReadAsync(string project, string digest, CancellationToken ct)
    {
        await using var stream = await ledger.OpenAsync(project, digest, ct);
        if (stream is null) return null;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        var text = await reader.ReadToEndAsync(ct);
        try
        {
            if (!IsShallow(text)) return null;
            var yaml = new DeserializerBuilder().IgnoreUnmatchedProperties().Build();
            return yaml.Deserialize<Description?>(text) is { Flavors.Count: > 0 } model ? model : null;
        }
        catch (YamlException)
        {
            return null;
        }
    }

    // Reading goes as deep as the text is nested, and a stack that overflows ends the process.
    private static bool IsShallow(string text)
    {
        var parser = new Parser(new StringReader(text));
        for (var depth = 0; parser.MoveNext();)
        {
            depth += parser.Current!.NestingIncrease;
            if (depth > MostNested) return false;
        }

        return true;
    }

    private static bool IsName(string framework) => Mesh.Contracts.Names.IsLabel(framework);

    private static ModelSignature? SignatureOf(Description model)
    {
        if (model.Signature is null || Columns(model.Signature.GetValueOrDefault("inputs")) is not { } inputs) return null;
        return new ModelSignature(inputs, Columns(model.Signature.GetValueOrDefault("outputs")) ?? []);
    }

    // [{"type": "double", "name": "x"}], or [{"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1, 3]}}]
    private static List<Column>? Columns(object? json)
    {
        if (json is not string text) return null;
        try
        {
            using var document = JsonDocument.Parse(text);
            if (document.RootElement.ValueKind is not JsonValueKind.Array) return null;
            var columns = new List<Column>();
            foreach (var item in document.RootElement.EnumerateArray())
            {
                if (Column(item, columns.Count) is not { } column || columns.Any(known => known.Name == column.Name)) return null;
                columns.Add(column);
            }

            return columns.Count is 0 or > 10_000 ? null : columns;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    private static Column? Column(JsonElement item, int place)
    {
        var name = item.TryGetProperty("name", out var given) && given.ValueKind is JsonValueKind.String ? given.GetString()! : string.Create(null, $"{place}");
        if (name.Length is 0 or > 250) return null;
        var type = item.GetProperty("type").GetString();
        if (type != "tensor") return TypeOf(type) is { } scalar ? new Column(name, scalar) : null;
        var tensor = item.GetProperty("tensor-spec");
        var shape = tensor.GetProperty("shape").EnumerateArray().Select(length => length.GetInt64()).ToList();
        return TypeOf(tensor.GetProperty("dtype").GetString()) is { } element && shape.Count is >= 1 and <= 9 && shape.TrueForAll(length => length is -1 or > 0)
            ? new Column(name, element, shape.Count == 1 ? [] : shape[1..])
            : null;
    }

    private static ColumnType? TypeOf(string? type) => type switch
    {
        "boolean" or "bool" => ColumnType.Bool,
        "integer" or "long" or "int64" or "int32" => ColumnType.Int64,
        "float" or "float32" => ColumnType.Fp32,
        "double" or "float64" => ColumnType.Fp64,
        "string" or "str" or "object" => ColumnType.Bytes,
        _ => null,
    };

    /// <summary>The parts of an <c>MLmodel</c> that are read.</summary>
    private sealed class Description
    {
        [YamlMember(Alias = "flavors")]
        public Dictionary<string, Dictionary<string, object?>> Flavors { get; set; } = [];

        [YamlMember(Alias = "signature")]
        public Dictionary<string, object?>? Signature { get; set; }
    }
}
