namespace Mesh.Cli.Tracking.Import;

/// <summary>A logged model of a source, as clients of MLflow 3.x keep them.</summary>
/// <param name="Id">Its id there.</param>
/// <param name="Run">The id there of the run that made it.</param>
/// <param name="Status"><c>LOGGED_MODEL_PENDING</c>, <c>LOGGED_MODEL_READY</c> or <c>LOGGED_MODEL_UPLOAD_FAILED</c>.</param>
/// <param name="Location">Where its files are.</param>
internal sealed record SourceModel(
    string Id, string Name, string? Type, string? Run, string Status, string Location, IReadOnlyDictionary<string, string> Params, IReadOnlyDictionary<string, string> Tags);

/// <summary>A logged model that a run has as an output.</summary>
/// <param name="Model">Its id at the source.</param>
internal readonly record struct SourceOutput(string Model, long Step);

/// <summary>Where logged models are imported from.</summary>
internal interface IModelSource
{
    /// <summary>The logged models of an experiment; none where the source knows no such thing.</summary>
    IAsyncEnumerable<SourceModel> ModelsAsync(SourceExperiment experiment, CancellationToken ct);

    /// <summary>The files of a model; null when they are where they cannot be read.</summary>
    IAsyncEnumerable<SourceFile>? Files(SourceModel model, CancellationToken ct);

    /// <summary>Opens a file.</summary>
    Task<Stream> OpenAsync(SourceModel model, SourceFile file, CancellationToken ct);
}
