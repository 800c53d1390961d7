using System.Security.Cryptography;
using System.Text.Json;
using Mesh.Contracts;

namespace Mesh.Artifacts.Annexes;

/// <summary>
/// What belongs to an event but is too large for it: metadata, a signature, training statistics. Written in the event's own transaction,
/// named by its content and never changed, so that the event needs to carry only the name.
/// </summary>
/// <param name="Id">SHA-256 of the JSON, 64 lower-case hex digits.</param>
/// <param name="Json">The JSON as text: kept as it came, down to the digits of its numbers.</param>
public sealed record Annex(string Id, string Json)
{
    /// <summary>Makes the annex that holds a value.</summary>
    public static Annex Of<T>(T value)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(value, MeshJson.Strict);
        return new(Convert.ToHexStringLower(SHA256.HashData(json)), System.Text.Encoding.UTF8.GetString(json));
    }

    /// <summary>Reads the value back.</summary>
    /// <exception cref="JsonException">The annex holds something else.</exception>
    public T Read<T>() => JsonSerializer.Deserialize<T>(Json, MeshJson.Tolerant) ?? throw new JsonException($"Annex {Id} is empty.");
}
