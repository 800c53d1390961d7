using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting;
using Mesh.Hosting.Clients;
using Mesh.Hosting.Decisions;
using Mesh.Serving.Runtimes;

namespace Mesh.Serving.Loading;

/// <summary>Where models come from: the registry of the artifacts service, with their files kept by digest below the data path.</summary>
internal sealed class ModelSource([FromKeyedServices("serving")] ServiceClient services, MeshOptions options, TimeProvider clock)
{
    private const string Artifacts = "artifacts";
    private const string Latest = "latest";
    private static readonly TimeSpan Answer = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Transfer = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan Keep = TimeSpan.FromDays(7);

    private readonly string _folder = Path.Combine(options.DataPath, "serving", "models");

    /// <summary>The version that an alias points to; null when there is no such model or alias.</summary>
    /// <exception cref="ServiceCallException">The registry does not answer.</exception>
    public async Task<int?> ResolveAsync(string project, string model, string alias, CancellationToken ct)
    {
        try
        {
            var info = await GetAsync<ModelInfo>($"/api/v1/projects/{project}/models/{model}", project, ct);
            if (info.Aliases.TryGetValue(alias, out var version)) return version;
            return alias == Latest && info.LatestVersion > 0 ? info.LatestVersion : null;
        }
        catch (ServiceCallException e) when (e.Problem.Status == StatusCodes.Status404NotFound)
        {
            return null;
        }
    }

    /// <summary>Describes a version, with its signature.</summary>
    /// <exception cref="ServiceCallException">The registry does not answer, or there is no such version.</exception>
    public Task<ModelVersion> DescribeAsync(string project, string model, int version, CancellationToken ct) =>
        GetAsync<ModelVersion>($"/api/v1/projects/{project}/models/{model}/versions/{version}", project, ct);

    /// <summary>Why an endpoint for this model and alias makes no sense, as far as can be known now; a registry that is away refuses nothing.</summary>
    public async Task<Rejection?> RefuseAsync(string project, string model, string alias, CancellationToken ct)
    {
        try
        {
            if (await ResolveAsync(project, model, alias, ct) is not { } number)
                return Rejection.Unprocessable("endpoint.model-unknown", $"There is no model '{model}' with an alias '{alias}' in this project.", "model");
            var version = await DescribeAsync(project, model, number, ct);
            if (!ModelRuntimes.Serves(version.Framework))
            {
                return Rejection.Unprocessable(
                    "endpoint.framework-unserved", $"Version {number} of '{model}' is a model of '{version.Framework}'; only 'mlnet' and 'onnx' can be served.", "model");
            }

            return version.Digest is not null ? null : Rejection.Unprocessable(
                "endpoint.file-elsewhere", $"Version {number} of '{model}' has no file here: its files are at {version.Source}. Register it from an artifact of kind model.", "model");
        }
        catch (ServiceCallException e) when (e.IsOutage)
        {
            return null;
        }
    }

    /// <summary>The file of a version, downloaded unless it is kept already. Its digest is checked either way.</summary>
    /// <exception cref="ModelLoadException">The bytes are not those that were registered.</exception>
    /// <exception cref="ServiceCallException">The registry does not answer.</exception>
    public async Task<string> FetchAsync(string project, ModelVersion version, CancellationToken ct)
    {
        if (version.Digest is null) throw new ModelLoadException($"Version {version.Version} of '{version.Model}' has no file here: its files are at {version.Source}.");
        var path = Path.Combine(_folder, version.Digest);
        if (File.Exists(path))
        {
            await using var kept = File.OpenRead(path);
            if (Convert.ToHexStringLower(await SHA256.HashDataAsync(kept, ct)) == version.Digest)
            {
                File.SetLastWriteTimeUtc(path, clock.GetUtcNow().UtcDateTime);
                return path;
            }
        }

        Directory.CreateDirectory(_folder);
        var partial = Path.Combine(_folder, $".{Guid.CreateVersion7():N}");
        try
        {
            await DownloadAsync(project, version, partial, ct);
            File.Move(partial, path, overwrite: true);
            return path;
        }
        finally
        {
            File.Delete(partial);
        }
    }

    /// <summary>Keeps the description of a loaded version beside its file, for a start without the registry.</summary>
    public async Task KeepAsync(string project, ModelVersion version, CancellationToken ct)
    {
        var path = DescriptionOf(project, version.Model, version.Version);
        var partial = Path.Combine(_folder, $".{Guid.CreateVersion7():N}");
        await File.WriteAllBytesAsync(partial, JsonSerializer.SerializeToUtf8Bytes(version with { Statistics = null }, MeshJson.Tolerant), ct);
        File.Move(partial, path, overwrite: true);
    }

    /// <summary>A version as an earlier load has kept it; null when none has, or its file is gone.</summary>
    /// <param name="since">What was kept before is of an earlier project or endpoint of that name.</param>
    public async Task<ModelVersion?> KeptAsync(string project, string model, int version, DateTimeOffset since, CancellationToken ct)
    {
        var path = DescriptionOf(project, model, version);
        if (!File.Exists(path) || File.GetLastWriteTimeUtc(path) < since.UtcDateTime) return null;
        var kept = JsonSerializer.Deserialize<ModelVersion>(await File.ReadAllBytesAsync(path, ct), MeshJson.Tolerant);
        return kept is { Digest: { } digest } && File.Exists(Path.Combine(_folder, digest)) ? kept : null;
    }

    /// <summary>Deletes files that no load has asked for in a week.</summary>
    public void Prune()
    {
        if (!Directory.Exists(_folder)) return;
        foreach (var file in new DirectoryInfo(_folder).EnumerateFiles())
            if (file.LastWriteTimeUtc < clock.GetUtcNow().UtcDateTime - Keep) file.Delete();
    }

    private string DescriptionOf(string project, string model, int version) =>
        Path.Combine(_folder, $"{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{project}/{model}/{version}")))}.json");

    private async Task DownloadAsync(string project, ModelVersion version, string path, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Transfer);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/projects/{project}/models/{version.Model}/versions/{version.Version}/content");
        using var response = await services.SendAsync(request, Artifacts, project, limit.Token);
        await using var content = await response.Content.ReadAsStreamAsync(limit.Token);
        await using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16, FileOptions.Asynchronous);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 16];
        for (int read; (read = await content.ReadAsync(buffer, limit.Token)) > 0;)
        {
            hash.AppendData(buffer, 0, read);
            await file.WriteAsync(buffer.AsMemory(0, read), limit.Token);
        }

        var digest = Convert.ToHexStringLower(hash.GetHashAndReset());
        if (digest != version.Digest) throw new ModelLoadException($"The file of the model has the digest {digest}, not {version.Digest} as registered.");
    }

    private async Task<T> GetAsync<T>(string path, string project, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Answer);
        try
        {
            return await services.GetAsync<T>(Artifacts, path, project, limit.Token);
        }
        catch (OperationCanceledException e) when (!ct.IsCancellationRequested)
        {
            throw new TimeoutException($"The service {Artifacts} did not answer within {Answer.TotalSeconds:0} s.", e);
        }
    }
}
