using System.Text.Json;

namespace Mesh.Contracts.Artifacts;

/// <summary>Type of a column of a signature, or of a tensor, in the names of the Open Inference Protocol.</summary>
public enum ColumnType
{
    /// <summary>True or false.</summary>
    Bool,

    /// <summary>64-bit integer.</summary>
    Int64,

    /// <summary>32-bit floating point.</summary>
    Fp32,

    /// <summary>64-bit floating point.</summary>
    Fp64,

    /// <summary>Text, a category among others.</summary>
    Bytes,
}

/// <summary>A column of a signature. <paramref name="Shape"/> leaves the batch dimension out: empty for one value a row, <c>[30]</c> for a vector; -1 is any length.</summary>
public sealed record Column(string Name, ColumnType Type, IReadOnlyList<long>? Shape = null);

/// <summary>What a model takes and gives, column by column.</summary>
public sealed record ModelSignature(IReadOnlyList<Column> Inputs, IReadOnlyList<Column> Outputs);

/// <summary>How one column was distributed in the training data: the reference for drift.</summary>
/// <param name="Name">Name of the column.</param>
/// <param name="Count">Number of values, missing ones left out.</param>
/// <param name="Missing">Number of missing values.</param>
/// <param name="Edges">Numeric: the n-1 inner edges of n bins, ascending; the first and last bin are open.</param>
/// <param name="Counts">Numeric: number of values per bin, one more than <paramref name="Edges"/>. A value on an edge belongs to the bin on its right.</param>
/// <param name="Categories">Categorical: number of values per category.</param>
public sealed record ColumnStatistics(
    string Name, long Count, long Missing, double? Mean = null, double? Deviation = null, double? Min = null, double? Max = null,
    IReadOnlyList<double>? Edges = null, IReadOnlyList<long>? Counts = null, IReadOnlyDictionary<string, long>? Categories = null);

/// <summary>The training data's distribution, column by column, outputs included where known.</summary>
public sealed record TrainingStatistics(long Rows, IReadOnlyList<ColumnStatistics> Columns);

/// <summary><c>POST /api/v1/projects/{project}/models/{model}/versions</c>: registers the next version of a model from an artifact version.</summary>
/// <param name="Artifact">Key of the artifact that holds the model file.</param>
/// <param name="ArtifactVersion">Its version.</param>
/// <param name="Framework"><c>mlnet</c> or <c>onnx</c> can be served; other names are only kept.</param>
/// <param name="RunId">The run that made it.</param>
/// <param name="Description">Markdown.</param>
/// <param name="InputExample">What an input looks like, as JSON of at most 64 KiB.</param>
public sealed record RegisterModelVersion(
    string Artifact, int ArtifactVersion, string Framework, ModelSignature Signature, TrainingStatistics? Statistics = null, Guid? RunId = null,
    Dictionary<string, double>? Metrics = null, Dictionary<string, string>? Tags = null, string? Description = null, JsonElement? InputExample = null) : IChecked
{
    public void Check(Faults faults)
    {
        faults.Key(Artifact, "artifact");
        faults.Require(ArtifactVersion >= 1, "artifactVersion", "must be 1 or more.");
        faults.Name(Framework, "framework");
        faults.Require(Signature.Inputs.Count is >= 1 and <= 10_000, "signature.inputs", "must hold 1 to 10,000 columns.");
        faults.Require(Signature.Outputs.Count is >= 1 and <= 10_000, "signature.outputs", "must hold 1 to 10,000 columns.");
        faults.Count(Metrics?.Count ?? 0, "metrics", 1000);
        foreach (var (key, value) in Metrics ?? [])
            faults.Require(double.IsFinite(value), $"metrics.{key}", "must be a finite number.");
        faults.Tags(Tags, "tags");
        faults.Text(Description, "description", 20_000);
        faults.Require(InputExample is null || InputExample.Value.GetRawText().Length <= 65_536, "inputExample", "must be at most 64 KiB.");
        faults.Require(InputExample is null || ArtifactChecks.IsWritable(InputExample.Value), "inputExample", "must hold whole characters: half a surrogate pair is none.");
    }
}

/// <summary>One version of a registered model. What it was made of never changes; its tags, description, stage and approval do.</summary>
/// <param name="Artifact">The artifact that it was made from; null when its files are elsewhere.</param>
/// <param name="Digest">SHA-256 of its file; null when it has none here.</param>
/// <param name="Signature">Without columns when it is not known.</param>
/// <param name="Source">Where its files are: <c>mesh://</c> of the artifact, or the address that a client of the MLflow protocol gave.</param>
/// <param name="File">What its file says of itself, where it could be read.</param>
/// <param name="RunLink">Address of the run that made it, in a system of its own.</param>
public sealed record ModelVersion(
    string Model, int Version, string Framework, string? Artifact, int? ArtifactVersion, string? Digest, long Size, ModelSignature Signature,
    TrainingStatistics? Statistics, Guid? RunId, IReadOnlyDictionary<string, double> Metrics, IReadOnlyDictionary<string, string> Tags,
    string? Description, IReadOnlyList<string> Aliases, string CreatedBy, DateTimeOffset CreatedAt, ModelStage Stage = ModelStage.None,
    ModelApproval? Approval = null, JsonElement? InputExample = null, string? Source = null, ModelFile? File = null, DateTimeOffset? UpdatedAt = null, string? RunLink = null);

/// <summary>What a model's file says of itself.</summary>
/// <param name="Format">Such as <c>onnx</c>.</param>
/// <param name="Producer">The program that wrote it.</param>
/// <param name="Opset">Version of the operators' standard set; null where the format has none.</param>
/// <param name="Nodes">Number of operators, or steps.</param>
/// <param name="Parameters">Number of weights; null where it cannot be told.</param>
public sealed record ModelFile(
    string Format, string? Producer, long? Opset, int Nodes, long? Parameters, IReadOnlyList<FileTensor> Inputs, IReadOnlyList<FileTensor> Outputs);

/// <summary>An input or output as the file names it. <paramref name="Shape"/> has -1 for any length; null when the file does not say.</summary>
public sealed record FileTensor(string Name, string Type, IReadOnlyList<long>? Shape);

/// <summary>A registered model. <paramref name="StreamVersion"/> is its <c>ETag</c>.</summary>
/// <param name="LatestVersion">Number of its newest version; 0 before its first.</param>
/// <param name="Gates">What versions must fulfil before they take an alias.</param>
public sealed record ModelInfo(
    string Name, int LatestVersion, IReadOnlyDictionary<string, int> Aliases, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, long StreamVersion,
    string? Description = null, IReadOnlyDictionary<string, string>? Tags = null, IReadOnlyList<AliasGate>? Gates = null);

/// <summary><c>PUT …/models/{model}/aliases/{alias}</c>. With <paramref name="Expected"/> the alias moves only if it is at that version now (0: nowhere).</summary>
public sealed record MoveAlias(int Version, int? Expected = null) : IChecked
{
    public void Check(Faults faults) => faults.Require(Version >= 1, "version", "must be 1 or more.");
}

/// <summary><c>POST …/models/{model}/promote</c>: moves the alias and says that this is the model for production.</summary>
public sealed record PromoteModel(int Version, string Alias = "champion", string? Reason = null, int? Expected = null) : IChecked
{
    public void Check(Faults faults)
    {
        faults.Require(Version >= 1, "version", "must be 1 or more.");
        faults.Require(Names.IsAlias(Alias), "alias", Names.AliasForm);
        faults.Text(Reason, "reason", 5000);
    }
}
