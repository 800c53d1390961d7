using System.Text.Json.Serialization;

namespace Mesh.Artifacts.Files;

/// <summary>An upload of a file in parts: where the file will be, how many parts make it, and how many bytes have come.</summary>
internal sealed record FileUpload(Guid Id, string Path, int Parts, long Received, DateTimeOffset? CompletedAt);

/// <summary>A part as its sender names it when all have been sent.</summary>
internal readonly record struct SentPart(long Number, string ETag);

/// <summary>How to send a part: a PUT to the address, with the headers and no others.</summary>
internal sealed record PartCredential(string Url, int PartNumber, IReadOnlyDictionary<string, string> Headers)
{
    public static readonly IReadOnlyDictionary<string, string> NoHeaders = new Dictionary<string, string>();
}

/// <summary>What an upload begins with.</summary>
internal sealed record BegunUpload(string UploadId, IReadOnlyList<PartCredential> Credentials);

/// <summary>From where a file can be read in ranges, with the headers and no others.</summary>
internal sealed record SignedDownload(string Url, IReadOnlyDictionary<string, string> Headers, [property: JsonPropertyName("file_size")] long FileSize);
