using System.Collections.Concurrent;
using k8s;
using k8s.Models;

namespace Mesh.Functions.Kubernetes;

/// <summary>
/// The objects of one kind as a cluster has them: listed once and then watched, so that many attempts cost the cluster one connection. A watch that ends
/// goes on from its version, one whose version is gone begins with a list, and a list is made every few minutes whatever the watch says.
/// </summary>
internal sealed class ClusterWatch<T>(ClusterApi api, string path, Func<CancellationToken, Task<string>> selector, TimeProvider clock, ILogger log)
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    private static readonly TimeSpan Resync = TimeSpan.FromMinutes(5);
    private readonly ConcurrentDictionary<string, T> _objects = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private TaskCompletionSource _changed = NewSignal();
    private Task? _watching;

    /// <summary>What there is, by name.</summary>
    public IEnumerable<T> All => _objects.Values;

    /// <summary>Whether it was listed, so that what is not here is not there.</summary>
    public bool IsListed { get; private set; }

    /// <summary>Ends when something changes after this was read.</summary>
    public Task Changed
    {
        get
        {
            lock (_gate) return _changed.Task;
        }
    }

    public T? Find(string name) => _objects.GetValueOrDefault(name);

    /// <summary>Begins to watch, if that has not begun.</summary>
    public void Begin(CancellationToken ct)
    {
        lock (_gate) _watching ??= Task.Run(() => RunAsync(ct), ct);
    }

    private async Task RunAsync(CancellationToken ct)
    {
        string? version = null;
        var listed = clock.GetTimestamp();
        for (var failures = 0; !ct.IsCancellationRequested;)
        {
            try
            {
                if (version is null || clock.GetElapsedTime(listed) > Resync)
                {
                    version = await ListAsync(ct);
                    listed = clock.GetTimestamp();
                }

                await foreach (var change in api.WatchAsync<T>(path, await selector(ct), version, Resync, ct))
                {
                    version = change.Version;
                    failures = 0;
                    if (change.Object is { } found) Take(found, change.IsDeleted);
                }

                // A server that ends every watch at once is not asked without a pause.
                await Task.Delay(ClusterRetry.After(failures++), ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (ClusterException e) when (e.IsExpired)
            {
                version = null;
            }
            catch (Exception e)
            {
                if (failures <= 1) log.WatchBroken(path, e.Message);
                await Task.Delay((e as ClusterException)?.RetryAfter ?? ClusterRetry.After(failures++), ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task<string> ListAsync(CancellationToken ct)
    {
        var (items, version) = await api.ListAsync<T>(path, await selector(ct), ct);
        var names = items.Select(item => item.Metadata.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var item in items) _objects[item.Metadata.Name] = item;
        foreach (var gone in _objects.Keys.Where(name => !names.Contains(name))) _objects.TryRemove(gone, out _);
        IsListed = true;
        Announce();
        return version;
    }

    private void Take(T found, bool isDeleted)
    {
        if (isDeleted) _objects.TryRemove(found.Metadata.Name, out _);
        else _objects[found.Metadata.Name] = found;
        Announce();
    }

    private void Announce()
    {
        lock (_gate)
        {
            _changed.TrySetResult();
            _changed = NewSignal();
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

internal static partial class ClusterWatchLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "The cluster cannot be watched at {Path}; it is tried again: {Reason}")]
    public static partial void WatchBroken(this ILogger logger, string path, string reason);
}
