using Dapr.Client;
using Mesh.Hosting.Identity;

namespace Mesh.Projects.Secrets;

/// <summary>Where the key of the secrets comes from: never the database.</summary>
internal interface ISecretKeySource
{
    /// <summary>The key, 32 bytes.</summary>
    Task<byte[]> ReadAsync(CancellationToken ct);
}

/// <summary>Chooses the source by the settings.</summary>
internal static class SecretKeySource
{
    internal static ISecretKeySource From(ProjectsOptions options) =>
        options.DaprStore is { } store ? new DaprSecretKey(store) : new FileSecretKey(options.SecretKeyPath);
}

/// <summary>The key in a file that only its owner reads: 32 bytes as base64, made when it is first needed.</summary>
internal sealed class FileSecretKey(string path) : ISecretKeySource
{
    public Task<byte[]> ReadAsync(CancellationToken ct) =>
        Task.FromResult(KeyFile.ReadOrCreate(Path.GetDirectoryName(Path.GetFullPath(path))!, Path.GetFileName(path)));
}

/// <summary>The key in a Dapr secret store, under <c>mesh-secrets-key</c>: 32 bytes as base64.</summary>
internal sealed class DaprSecretKey(string store) : ISecretKeySource
{
    internal const string Name = "mesh-secrets-key";

    public async Task<byte[]> ReadAsync(CancellationToken ct)
    {
        using var client = new DaprClientBuilder().Build();
        var found = await client.GetSecretAsync(store, Name, cancellationToken: ct);
        var key = new byte[33];
        return found.TryGetValue(Name, out var text) && Convert.TryFromBase64String(text.Trim(), key, out var length) && length == 32
            ? key[..32]
            : throw new InvalidOperationException($"The secret store '{store}' has no '{Name}' of 32 bytes in base64.");
    }
}

/// <summary>The box with the key in use; the key is read once, when it is first needed.</summary>
internal sealed class SecretVault(ISecretKeySource source) : IDisposable
{
    private readonly SemaphoreSlim _reading = new(1, 1);
    private SecretBox? _box;

    internal async ValueTask<SecretBox> BoxAsync(CancellationToken ct)
    {
        if (_box is { } box) return box;
        await _reading.WaitAsync(ct);
        try
        {
            return _box ??= new SecretBox(await source.ReadAsync(ct));
        }
        finally
        {
            _reading.Release();
        }
    }

    public void Dispose() => _reading.Dispose();
}
