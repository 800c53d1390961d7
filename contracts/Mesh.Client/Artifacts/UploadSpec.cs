using System.Text.Json;
using Mesh.Contracts.Artifacts;

namespace Mesh.Client.Artifacts;

/// <summary>What an uploaded file is.</summary>
public sealed record UploadSpec
{
    /// <summary>Its kind.</summary>
    public ArtifactKind Kind { get; init; } = ArtifactKind.File;

    /// <summary>Media type; told from the file name when absent.</summary>
    public string? ContentType { get; init; }

    /// <summary>Name for whoever downloads it.</summary>
    public string? FileName { get; init; }

    /// <summary>The run that made it.</summary>
    public Guid? RunId { get; init; }

    /// <summary>Labels to find it by.</summary>
    public Dictionary<string, string>? Labels { get; init; }

    /// <summary>Anything more about it, as JSON.</summary>
    public JsonElement? Metadata { get; init; }

    internal string? MediaType() => ContentType ?? Path.GetExtension(FileName)?.ToLowerInvariant() switch
    {
        ".csv" => "text/csv",
        ".json" => "application/json",
        ".md" => "text/markdown",
        ".txt" or ".log" => "text/plain",
        ".html" => "text/html",
        ".png" => "image/png",
        ".svg" => "image/svg+xml",
        ".zip" => "application/zip",
        ".parquet" => "application/vnd.apache.parquet",
        _ => null,
    };
}
