using System.Text.Json;

namespace Mesh.Contracts.Artifacts;

/// <summary>What a preview shows.</summary>
public enum PreviewKind
{
    /// <summary>Text.</summary>
    Text,

    /// <summary>The first rows of a table.</summary>
    Table,

    /// <summary>A picture, at <see cref="ArtifactPreview.Content"/>.</summary>
    Image,

    /// <summary>A Vega-Lite chart.</summary>
    Chart,

    /// <summary>The files of a directory.</summary>
    Files,

    /// <summary>A document with an own life, HTML or SVG: at <see cref="ArtifactPreview.Content"/>, where no script runs.</summary>
    Sandboxed,

    /// <summary>Nothing can be shown.</summary>
    None,
}

/// <summary><c>GET …/artifacts/{key}/versions/{version}/preview</c>: enough of a version to look at.</summary>
/// <param name="IsCut">There is more than is shown.</param>
/// <param name="Text">The text; of a chart nothing.</param>
/// <param name="Columns">The first row of a table.</param>
/// <param name="Rows">The rows after it, as many cells each as it has.</param>
/// <param name="Chart">The chart's specification.</param>
/// <param name="Files">The first files of a directory.</param>
/// <param name="Content">Address of what is shown as it is.</param>
/// <param name="Reason">Why nothing is shown.</param>
public sealed record ArtifactPreview(
    PreviewKind Kind, string Key, int Version, string ContentType, long Size, bool IsCut = false, string? Text = null, IReadOnlyList<string>? Columns = null,
    IReadOnlyList<IReadOnlyList<string>>? Rows = null, JsonElement? Chart = null, IReadOnlyList<DirectoryFile>? Files = null, string? Content = null, string? Reason = null);
