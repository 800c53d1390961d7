using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;

namespace Mesh.Hosting.Search;

/// <summary>
/// Where a page ended: the sort keys of its last row, so that pages do not shift when rows come and go. Opaque to callers, and good only for the query that
/// it came from.
/// </summary>
/// <param name="Query">Tells the query.</param>
/// <param name="Part">The part of the order that the page ended in.</param>
/// <param name="Keys">The values of the sort keys; empty at the beginning of the part.</param>
public sealed record PageToken(string Query, int Part, JsonElement[] Keys)
{
    // Tokens of another make tell another query.
    private const string Version = "1";
    private const int Longest = 100_000;

    /// <summary>What a token that does not fit is answered with.</summary>
    public static RejectedException Refused =>
        new(Rejection.Malformed("cursor.invalid", "Invalid page token, or one of another query: ask for the first page again.", "page_token"));

    /// <summary>As callers see it.</summary>
    public string Encode() => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(this));

    /// <summary>Reads a token of the query; null when it is none, or one of another query.</summary>
    public static PageToken? Decode(string text, string query)
    {
        if (text.Length > Longest || !Base64Url.IsValid(text)) return null;
        try
        {
            var token = JsonSerializer.Deserialize<PageToken>(Base64Url.DecodeFromChars(text));
            return token is { Query: not null, Keys: not null } && token.Query == query && token.Keys.All(IsKey) ? token : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static bool IsKey(JsonElement key)
    {
        try
        {
            return key.ValueKind is JsonValueKind.Null || (key.ValueKind is JsonValueKind.String && !key.GetString()!.Contains('\0', StringComparison.Ordinal));
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair is no text.
            return false;
        }
    }

    /// <summary>Tells queries apart.</summary>
    public static string Fingerprint(params IEnumerable<string?> parts) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\u001f', [Version, .. parts]))).AsSpan(0, 8));
}
