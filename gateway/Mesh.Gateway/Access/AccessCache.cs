using System.Collections.Concurrent;
using Mesh.Gateway.Front;

namespace Mesh.Gateway.Access;

/// <summary>
/// Remembers for a few seconds what callers may do, so that the hot path asks nobody and signs nothing. What changes is forgotten at once when
/// the news comes, and after <see cref="Life"/> at the latest when it does not.
/// </summary>
internal sealed class AccessCache
{
    /// <summary>The longest that a revoked token can still be good.</summary>
    internal static readonly TimeSpan Life = TimeSpan.FromSeconds(5);

    private const int Most = 20_000;

    private readonly ConcurrentDictionary<AccessKey, AccessEntry> _entries = new(AccessKeyComparer.Instance);
    private readonly ConcurrentDictionary<AccessKey, AccessEntry>.AlternateLookup<AccessKeySpan> _bySpan;
    private readonly ConcurrentDictionary<AccessKey, Loading> _loading = new(AccessKeyComparer.Instance);
    private readonly IAccessSource _source;
    private readonly TimeProvider _clock;
    private long _generation;

    public AccessCache(IAccessSource source, TimeProvider clock)
    {
        (_source, _clock) = (source, clock);
        _bySpan = _entries.GetAlternateLookup<AccessKeySpan>();
    }

    /// <summary>What is remembered, if it is still good.</summary>
    internal bool TryGet(string credential, ReadOnlySpan<char> project, out AccessEntry entry) =>
        _bySpan.TryGetValue(new AccessKeySpan(credential, project), out entry!) && entry.Until > _clock.GetUtcNow().UtcTicks;

    /// <summary>Asks, once for all who ask the same at the same time.</summary>
    /// <exception cref="Mesh.Hosting.Clients.ServiceCallException">The projects service does not answer.</exception>
    internal async Task<AccessEntry> LoadAsync(Credential credential, string project)
    {
        var key = new AccessKey(credential.Text, project);
        var mine = new Loading(Volatile.Read(ref _generation));
        var loading = _loading.GetOrAdd(key, mine);
        if (loading != mine) return await loading.Answer.Task;
        try
        {
            var entry = await _source.FindAsync(credential, project);
            // What was asked before a change is no answer for after it.
            if (Volatile.Read(ref _generation) == mine.Generation) Remember(key, entry);
            mine.Answer.SetResult(entry);
            return entry;
        }
        catch (Exception fault)
        {
            mine.Answer.SetException(fault);
            // Perhaps nobody else waits for it.
            _ = mine.Answer.Task.Exception;
            throw;
        }
        finally
        {
            _loading.TryRemove(new(key, mine));
        }
    }

    /// <summary>Forgets everything about a project.</summary>
    internal void ForgetProject(string project) => Forget((key, _) => key.Project == project);

    /// <summary>Forgets everything about a token.</summary>
    internal void ForgetToken(Guid token) => Forget((_, entry) => entry.Caller?.TokenId == token);

    /// <summary>An answer that is on its way.</summary>
    private sealed class Loading(long generation)
    {
        internal long Generation { get; } = generation;

        internal TaskCompletionSource<AccessEntry> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private void Forget(Func<AccessKey, AccessEntry, bool> which)
    {
        Interlocked.Increment(ref _generation);
        _loading.Clear();
        foreach (var (key, entry) in _entries)
            if (which(key, entry)) _entries.TryRemove(key, out _);
    }

    private void Remember(AccessKey key, AccessEntry entry)
    {
        if (_entries.Count >= Most) MakeRoom();
        _entries[key] = entry;
    }

    private void MakeRoom()
    {
        var now = _clock.GetUtcNow().UtcTicks;
        foreach (var (key, entry) in _entries)
            if (entry.Until <= now) _entries.TryRemove(key, out _);
        if (_entries.Count >= Most) _entries.Clear();
    }
}
