using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Mesh.Tracking.Search;

/// <summary>
/// Where a page ended: the sort keys of its last row, so that pages do not shift when rows come and go. Opaque to callers, and good only for the query that
/// it came from.
/// </summary>
/// <param name="Query">Tells the query.</param>
/// <param name="Part">The part of the order that the page ended in.</param>
/// <param name="Keys">The values of the sort keys; empty at the beginning of the part.</param>
internal sealed record PageToken(string Query, int Part, JsonElement[] Keys)
{
    private const int Longest = 20_000;

    /// <summary>As callers see it.</summary>
    public string Encode() => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(this));

    /// <summary>Reads a token of the query; null when it is none, or one of another query.</summary>
    public static PageToken? Decode(string text, string query)
    {
        if (text.Length > Longest || !Base64Url.IsValid(text)) return null;
        try
        {
            var token = JsonSerializer.Deserialize<PageToken>(Base64Url.DecodeFromChars(text));
            return token is { Query: not null, Keys: not null } && token.Query == query && token.Keys.All(key => key.ValueKind is JsonValueKind.String or JsonValueKind.Null) ? token : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Tells queries apart.</summary>
    public static string Fingerprint(params IEnumerable<string?> parts) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\u001f', parts))).AsSpan(0, 8));
}
