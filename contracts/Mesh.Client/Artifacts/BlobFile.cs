using System.Buffers;
using System.Security.Cryptography;
using Mesh.Client.Connection;
using Mesh.Contracts;

namespace Mesh.Client.Artifacts;

/// <summary>Receives content, and checks it where its digest is known.</summary>
internal static class BlobFile
{
    private const int Tries = 4;

    /// <summary>Writes to a file beside <paramref name="path"/> and moves it there once <paramref name="write"/> has ended well.</summary>
    public static async Task WriteAsync(string path, Func<Stream, Task> write)
    {
        var partial = $"{path}.{Guid.CreateVersion7():N}.partial";
        try
        {
            await using (var file = new FileStream(partial, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Options = FileOptions.Asynchronous }))
            {
                await write(file);
            }

            File.Move(partial, path, overwrite: true);
        }
        finally
        {
            File.Delete(partial);
        }
    }

    /// <summary>Copies what is at <paramref name="address"/> to <paramref name="target"/>. A target that can seek gets a broken transfer from its start again.</summary>
    /// <param name="digest">SHA-256 of the content; null where nobody knows it.</param>
    public static async Task ReceiveAsync(MeshConnection connection, string address, string? digest, Stream target, CancellationToken ct)
    {
        var start = target.CanSeek ? target.Position : 0;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await ReceiveOnceAsync(connection, address, digest, target, ct);
                return;
            }
            catch (Exception e) when (e is HttpRequestException or IOException && target.CanSeek && attempt < Tries)
            {
                target.SetLength(start);
                target.Position = start;
            }
        }
    }

    private static async Task ReceiveOnceAsync(MeshConnection connection, string address, string? digest, Stream target, CancellationToken ct)
    {
        using var response = await connection.OpenAsync(connection.Request(HttpMethod.Get, address), new Sending(MayRepeat: true, Long: true), ct);
        await using var source = await response.Content.ReadAsStreamAsync(ct);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(81_920);
        try
        {
            int read;
            while ((read = await source.ReadAsync(buffer, ct)) > 0)
            {
                hash.AppendData(buffer, 0, read);
                await target.WriteAsync(buffer.AsMemory(0, read), ct);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        var actual = Convert.ToHexStringLower(hash.GetHashAndReset());
        if (digest is null || actual == digest) return;
        throw new MeshException(new Problem
        {
            Type = "urn:mesh:error:content.corrupt",
            Title = "Content corrupt",
            Status = (int)response.StatusCode,
            Code = "content.corrupt",
            Detail = $"What arrived has the SHA-256 {actual}, stored was {digest}.",
        });
    }
}
