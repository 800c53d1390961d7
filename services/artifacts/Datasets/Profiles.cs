using System.Collections.Concurrent;
using Mesh.Artifacts.Blobs;
using Mesh.Contracts.Artifacts;
using Microsoft.Extensions.Options;

namespace Mesh.Artifacts.Datasets;

/// <summary>Gives profiles, and makes those that are missing: one at a time, each once, whoever waits for it.</summary>
internal sealed class Profiles(ProfileStore kept, IBlobStore blobs, IOptions<DatasetsOptions> options, IHostApplicationLifetime lifetime, TimeProvider clock, ILogger<Profiles> log)
    : IDisposable
{
    private readonly ConcurrentDictionary<(string Digest, DatasetFormat Format), TaskCompletionSource<Known>> _making = [];
    private readonly SemaphoreSlim _turn = new(1);
    private readonly DatasetsOptions _options = options.Value;

    /// <summary>What is known of a file. Null when it is still being found out after the patience of a request.</summary>
    public async Task<Known?> GetAsync(string digest, DatasetFormat format, CancellationToken ct)
    {
        if (await kept.FindAsync(digest, format, ct) is { } known) return known;
        var making = Begin(digest, format);
        try
        {
            return await making.WaitAsync(TimeSpan.FromSeconds(_options.PatienceSeconds), clock, ct);
        }
        catch (TimeoutException) when (!making.IsCompleted)
        {
            return null;
        }
    }

    /// <summary>What is known of a file, however long it takes to find out.</summary>
    public async Task<Known> EnsureAsync(string digest, DatasetFormat format, CancellationToken ct) =>
        await kept.FindAsync(digest, format, ct) ?? await Begin(digest, format).WaitAsync(ct);

    /// <summary>Whether a profile is being made.</summary>
    public bool IsMaking(string digest, DatasetFormat format) => _making.ContainsKey((digest, format));

    public void Dispose() => _turn.Dispose();

    private Task<Known> Begin(string digest, DatasetFormat format)
    {
        var mine = new TaskCompletionSource<Known>(TaskCreationOptions.RunContinuationsAsynchronously);
        var making = _making.GetOrAdd((digest, format), mine);
        if (making == mine) _ = Task.Run(() => CompleteAsync(digest, format, mine), CancellationToken.None);
        return making.Task;
    }

    private async Task CompleteAsync(string digest, DatasetFormat format, TaskCompletionSource<Known> made)
    {
        try
        {
            made.SetResult(await MakeAsync(digest, format, lifetime.ApplicationStopping));
        }
        catch (Exception e)
        {
            made.SetException(e);
            // Nobody may be waiting any more, and the next reader tries again.
            log.LogError(e, "The profile of {Digest} was not made", digest);
        }
        finally
        {
            _making.TryRemove((digest, format), out _);
        }
    }

    private async Task<Known> MakeAsync(string digest, DatasetFormat format, CancellationToken ct)
    {
        await _turn.WaitAsync(ct);
        try
        {
            return await kept.MakeAsync(digest, format, () => ReadAsync(digest, format, ct), ct);
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task<Known> ReadAsync(string digest, DatasetFormat format, CancellationToken ct)
    {
        try
        {
            LocalFile.Sweep(_options, clock.GetUtcNow());
            await using var file = await LocalFile.OpenAsync(blobs, digest, _options, ct)
                ?? throw new InvalidOperationException($"The bytes of blob {digest} are missing from the blob store.");
            var (reading, profile) = await DuckWork.RunAsync(
                file.Path, TimeSpan.FromSeconds(_options.ProfileSeconds), token => Profiler.Profile(file.Path, format, _options, clock, token), ct);
            return new Known(reading, profile, null);
        }
        catch (DatasetFaultException e)
        {
            return new Known(null, null, e.Fault);
        }
    }
}
