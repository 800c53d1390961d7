using System.Collections.Concurrent;
using Mesh.Artifacts.Sources;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Http;
using Microsoft.Extensions.Options;

namespace Mesh.Artifacts.Datasets;

/// <summary>Gives profiles, and makes those that are missing: one at a time, each once, whoever waits for it.</summary>
internal sealed class Profiles(ProfileStore kept, IOptions<DatasetsOptions> options, IHostApplicationLifetime lifetime, TimeProvider clock, ILogger<Profiles> log)
    : IDisposable
{
    private readonly ConcurrentDictionary<(string Digest, DatasetFormat Format), TaskCompletionSource<Known>> _making = [];
    private readonly RecentProfiles _recent = new();
    private readonly SemaphoreSlim _turn = new(1);
    private readonly DatasetsOptions _options = options.Value;

    /// <summary>What is known of a file. Null when it is still being found out after the patience of a request.</summary>
    /// <param name="open">Opens its bytes.</param>
    public async Task<Known?> GetAsync(ArtifactVersion version, DatasetFormat format, Func<CancellationToken, Task<Stream>> open, CancellationToken ct)
    {
        if (await FindAsync(version, format, ct) is { } known) return known;
        var making = Begin(version, format, open);
        try
        {
            return await making.WaitAsync(TimeSpan.FromSeconds(_options.PatienceSeconds), clock, ct);
        }
        catch (TimeoutException)
        {
            // It may have been made in that moment, or have failed of its own patience.
            return making.IsCompleted ? await making : null;
        }
    }

    /// <summary>What is known of a file, however long it takes to find out.</summary>
    public async Task<Known> EnsureAsync(ArtifactVersion version, DatasetFormat format, Func<CancellationToken, Task<Stream>> open, CancellationToken ct) =>
        await FindAsync(version, format, ct) ?? await Begin(version, format, open).WaitAsync(ct);

    /// <summary>Whether a profile is being made.</summary>
    public bool IsMaking(string digest, DatasetFormat format) => _making.ContainsKey((digest, format));

    public void Dispose() => _turn.Dispose();

    // Without a blob there is no row that a profile could go with.
    private async Task<Known?> FindAsync(ArtifactVersion version, DatasetFormat format, CancellationToken ct) =>
        VersionContent.IsElsewhere(version.Source) && _recent.Find(version.Digest, format) is { } recent ? recent : await kept.FindAsync(version.Digest, format, ct);

    private Task<Known> Begin(ArtifactVersion version, DatasetFormat format, Func<CancellationToken, Task<Stream>> open)
    {
        var mine = new TaskCompletionSource<Known>(TaskCreationOptions.RunContinuationsAsynchronously);
        var making = _making.GetOrAdd((version.Digest, format), mine);
        if (making == mine) _ = Task.Run(() => CompleteAsync(version.Digest, format, open, VersionContent.IsElsewhere(version.Source), mine), CancellationToken.None);
        return making.Task;
    }

    private async Task CompleteAsync(string digest, DatasetFormat format, Func<CancellationToken, Task<Stream>> open, bool isElsewhere, TaskCompletionSource<Known> made)
    {
        try
        {
            var known = await MakeAsync(digest, format, open, lifetime.ApplicationStopping);
            if (isElsewhere) _recent.Keep(digest, format, known);
            made.SetResult(known);
        }
        catch (Exception e)
        {
            made.SetException(e);
            // Nobody may be waiting any more, and the next reader tries again.
            if (e is not RejectedException) log.LogError(e, "The profile of {Digest} was not made", digest);
        }
        finally
        {
            _making.TryRemove((digest, format), out _);
        }
    }

    private async Task<Known> MakeAsync(string digest, DatasetFormat format, Func<CancellationToken, Task<Stream>> open, CancellationToken ct)
    {
        await _turn.WaitAsync(ct);
        try
        {
            return await kept.MakeAsync(digest, format, () => ReadAsync(format, open, ct), ct);
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task<Known> ReadAsync(DatasetFormat format, Func<CancellationToken, Task<Stream>> open, CancellationToken ct)
    {
        try
        {
            LocalFile.Sweep(_options, clock.GetUtcNow());
            await using var file = await LocalFile.OpenAsync(await open(ct), _options, ct);
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
