using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Decisions;

namespace Mesh.Artifacts.Artifacts;

/// <summary>What queries say of artifacts: <c>?kind=</c>, <c>?runId=</c>, <c>?label=name=value</c> (repeatable), <c>?prefix=</c>, <c>?text=</c>.</summary>
/// <param name="Text">A part of the key, whatever its case.</param>
internal sealed record ArtifactFilter(ArtifactKind? Kind, Guid? RunId, IReadOnlyDictionary<string, string> Labels, string? Prefix, string? Text = null, Rejection? Rejected = null)
{
    /// <summary>Reads the query; <see cref="Rejected"/> says what is out of form.</summary>
    public static ArtifactFilter Read(string? kind, Guid? runId, string[]? label, string? prefix, string? text = null)
    {
        var labels = new Dictionary<string, string>(StringComparer.Ordinal);
        var filter = new ArtifactFilter(null, runId, labels, prefix is { Length: > 0 } ? prefix : null, text is { Length: > 0 } ? text : null);
        if (kind is not null)
        {
            if (!EnumNames.TryParse<ArtifactKind>(kind, out var known)) return filter with { Rejected = LogVersion.UnknownKind };
            filter = filter with { Kind = known };
        }

        var faults = new Faults();
        foreach (var pair in label ?? [])
        {
            var (name, value) = pair.IndexOf('=', StringComparison.Ordinal) is > 0 and var at ? (pair[..at], pair[(at + 1)..]) : (pair, null);
            faults.Require(value is not null, "label", "must be given as name=value.");
            labels[name] = value ?? "";
        }

        faults.Tags(labels, "label");
        return faults.Items is [var fault, ..] ? filter with { Rejected = Rejection.Malformed("label.invalid", $"'{fault.Field}' {fault.Message}", fault.Field) } : filter;
    }
}
