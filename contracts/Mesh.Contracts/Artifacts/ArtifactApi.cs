using System.Text.Json;

namespace Mesh.Contracts.Artifacts;

/// <summary>What an artifact is.</summary>
public enum ArtifactKind
{
    /// <summary>Any file.</summary>
    File,

    /// <summary>A table of rows.</summary>
    Dataset,

    /// <summary>A trained model.</summary>
    Model,

    /// <summary>A picture or a chart specification.</summary>
    Plot,

    /// <summary>A report.</summary>
    Document,

    /// <summary>A folder of files: a manifest of paths, each a blob.</summary>
    Directory,

    /// <summary>A small table to look at.</summary>
    Table,

    /// <summary>What a program wrote while it ran.</summary>
    Log,

    /// <summary>A text for a language model.</summary>
    Prompt,
}

/// <summary>A stored blob: its SHA-256 in lower-case hex and its length in bytes.</summary>
public sealed record BlobInfo(string Digest, long Size);

/// <summary><c>POST /api/v1/projects/{project}/artifacts</c>: makes the next version of an artifact from a blob of the project, a directory from several, or one whose bytes stay where they are.</summary>
/// <param name="Digest">SHA-256 of the bytes. Beside <paramref name="Source"/> it may be left out; where it is given, what is there is read once and compared.</param>
/// <param name="Files">The files of a directory, instead of <paramref name="Digest"/>.</param>
/// <param name="Retention">How long the version is kept.</param>
/// <param name="Source">Where the bytes are, instead of a blob: an address with https, http, s3 or file.</param>
/// <param name="Size">How many bytes there must be at <paramref name="Source"/>.</param>
public sealed record CreateArtifactVersion(
    string Key, string? Digest, ArtifactKind Kind = ArtifactKind.File, string? ContentType = null, string? FileName = null, Guid? RunId = null,
    Dictionary<string, string>? Labels = null, JsonElement? Metadata = null, IReadOnlyList<NewDirectoryFile>? Files = null, VersionRetention? Retention = null,
    string? Source = null, long? Size = null) : IChecked
{
    public void Check(Faults faults)
    {
        faults.Key(Key, "key");
        if (Files is not null) CheckFiles(faults);
        else
        {
            faults.Require(ArtifactChecks.IsDigest(Digest) || (Source is not null && Digest is null), "digest", "must be a SHA-256 in 64 lower-case hex digits.");
            faults.Require(Kind is not ArtifactKind.Directory, "files", "must say what is in a directory.");
        }

        faults.Text(Source, "source", ArtifactSource.MostCharacters);
        faults.Require(Source is null or { Length: > 0 }, "source", "must not be empty.");
        faults.Require(Source is null || Files is null, "source", "must not be given beside files.");
        faults.Require(Size is null || (Source is not null && Size >= 0), "size", "must not be negative, and belongs to a source.");
        Retention?.Check(faults, "retention");
        faults.Text(ContentType, "contentType", 250);
        faults.Text(FileName, "fileName", 250);
        faults.Tags(Labels, "labels");
        faults.Require(Labels is null || Labels.Sum(label => label.Key.Length + (label.Value?.Length ?? 0)) <= 16_384, "labels", "must be at most 16,384 characters together.");
        faults.Require(Metadata is null || Metadata.Value.GetRawText().Length <= 262_144, "metadata", "must be at most 256 KiB.");
        faults.Require(Metadata is null || ArtifactChecks.IsWritable(Metadata.Value), "metadata", "must hold whole characters: half a surrogate pair is none.");
    }

    private void CheckFiles(Faults faults)
    {
        faults.Require(Digest is null, "digest", "must not be given beside files: it follows from them.");
        faults.Require(Kind is ArtifactKind.Directory or ArtifactKind.File, "kind", "must be directory where files are given.");
        faults.Require(Files!.Count is >= 1 and <= DirectoryFile.Most, "files", $"must hold 1 to {DirectoryFile.Most} files.");
        for (var i = 0; i < Math.Min(Files.Count, DirectoryFile.Most); i++)
            faults.Require(Files[i] is { Path.Length: > 0 } file && ArtifactChecks.IsDigest(file.Digest), $"files[{i}]", "must have a path, and a SHA-256 in 64 lower-case hex digits.");
    }
}

/// <summary>Where the bytes of a version are that were not sent here, and as what they were seen when it was logged.</summary>
/// <param name="Address">An address with https, http, s3 or file.</param>
/// <param name="ETag">What the server said of that state of the bytes.</param>
/// <param name="LastModified">When they were changed last.</param>
/// <param name="IsChecked">Whether the version's digest is that of the bytes. Otherwise it stands for address and state: nobody has read them to their end.</param>
/// <param name="ImportedAt">When they were copied in as a blob; null while they are read from there.</param>
public sealed record ArtifactSource(string Address, string? ETag, DateTimeOffset? LastModified, bool IsChecked, DateTimeOffset? ImportedAt = null)
{
    /// <summary>The most characters of an address.</summary>
    public const int MostCharacters = 2000;
}

/// <summary>One immutable version of an artifact.</summary>
/// <param name="Source">Where its bytes are, or came from; null for what was uploaded.</param>
public sealed record ArtifactVersion(
    string Key, int Version, ArtifactKind Kind, string Digest, long Size, string ContentType, string? FileName, Guid? RunId,
    IReadOnlyDictionary<string, string> Labels, JsonElement? Metadata, string CreatedBy, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt = null,
    ArtifactSource? Source = null);

/// <summary>An artifact with its newest version.</summary>
/// <param name="Versions">The highest number that a version had so far; deleted ones leave gaps.</param>
/// <param name="Tags">Tag to version.</param>
/// <param name="StreamVersion">Version of the artifact's stream: its ETag.</param>
public sealed record ArtifactInfo(
    string Key, ArtifactKind Kind, int Versions, ArtifactVersion Latest, IReadOnlyDictionary<string, int>? Tags = null, long StreamVersion = 0);

internal static class ArtifactChecks
{
    /// <summary>Whether the JSON can be written again: escapes let half a surrogate pair in, which no encoding can hold.</summary>
    public static bool IsWritable(JsonElement json)
    {
        try
        {
            JsonSerializer.SerializeToUtf8Bytes(json, MeshJson.Strict);
            return true;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            return false;
        }
    }

    public static bool IsDigest(string? value) => value is { Length: 64 } && value.All(c => c is (>= '0' and <= '9') or (>= 'a' and <= 'f'));
}
