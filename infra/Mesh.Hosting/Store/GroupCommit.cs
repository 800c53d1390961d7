using JasperFx;
using Marten;
using Mesh.Contracts.Events;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Identity;
using Npgsql;

namespace Mesh.Hosting.Store;

/// <summary>
/// Writes streams as <see cref="StreamWriter"/> does, but commands that come while another one of their project is being written share the next transaction. One that
/// comes alone is written at once; under load a transaction, its commit and what follows from it are paid for once by many. A group that cannot be written is halved until
/// each command has an answer of its own.
/// </summary>
/// <typeparam name="TStore">The service's store.</typeparam>
public sealed class GroupCommit<TStore>(TStore store) where TStore : class, IDocumentStore
{
    private const int Most = 64;

    private readonly Lock _gate = new();

    // A project is in here while one of its commands is being written, with those that came meanwhile.
    private readonly Dictionary<string, List<GroupMember>> _waiting = new(StringComparer.Ordinal);

    /// <summary>Decides on the current state and appends what happened. Commands on one stream are decided in the order of the calls.</summary>
    /// <param name="caller">Who acts.</param>
    /// <param name="project">The tenant.</param>
    /// <param name="stream">Key of the stream.</param>
    /// <param name="decide">Pure; may run several times.</param>
    /// <param name="ct">Lets go of a command that is not being written yet.</param>
    /// <param name="alongside">What else belongs into the transaction, such as documents; called after each decision that appends. Statements only of rows that belong to the stream: a group writes its streams in order of their keys.</param>
    public Task<Written<TState, TEvent>> WriteAsync<TState, TEvent>(
        Caller caller, string project, string stream, Func<TState?, Decision<TEvent>> decide, CancellationToken ct, Action<IDocumentSession, IReadOnlyList<TEvent>>? alongside = null)
        where TState : class where TEvent : notnull => WriteAsync(Author.Of(caller), project, stream, decide, alongside, ct);

    /// <summary>The same for what an event leads to.</summary>
    /// <exception cref="ConcurrencyException">Others write the same stream all the time: the event must come again.</exception>
    public async Task<Written<TState, TEvent>> FollowAsync<TState, TEvent>(MeshEvent e, string stream, Func<TState?, Decision<TEvent>> decide, CancellationToken ct)
        where TState : class where TEvent : notnull
    {
        var written = await WriteAsync(Author.Of(e), e.Project, stream, decide, null, ct);
        return written.Rejected == StreamWriter.Contended ? throw new ConcurrencyException(typeof(TState), stream) : written;
    }

    private async Task<Written<TState, TEvent>> WriteAsync<TState, TEvent>(
        Author author, string project, string stream, Func<TState?, Decision<TEvent>> decide, Action<IDocumentSession, IReadOnlyList<TEvent>>? alongside, CancellationToken ct)
        where TState : class where TEvent : notnull
    {
        var member = new GroupMember<TState, TEvent>(store, author, project, stream, decide, alongside, ct);
        bool isFirst;
        lock (_gate)
        {
            isFirst = !_waiting.TryGetValue(project, out var others);
            if (isFirst) _waiting[project] = [];
            else others!.Add(member);
        }

        if (!isFirst) return await member.Answer;
        await member.WriteAloneAsync();
        // Whoever came meanwhile is not for this caller to wait for, nor a part of what he does.
        using (ExecutionContext.SuppressFlow()) _ = Task.Run(() => WriteOthersAsync(project), CancellationToken.None);
        return await member.Answer;
    }

    private async Task WriteOthersAsync(string project)
    {
        while (Next(project) is { } group)
        {
            try
            {
                await WriteAsync(project, group);
            }
            catch (Exception e)
            {
                foreach (var member in group) member.Fail(e);
            }
        }
    }

    /// <summary>The next commands, in order of their streams; of each stream the first. Null when there are none, and the project is nobody's again.</summary>
    private List<GroupMember>? Next(string project)
    {
        lock (_gate)
        {
            var waiting = _waiting[project];
            waiting.RemoveAll(member => member.HasLeft());
            if (waiting.Count == 0)
            {
                _waiting.Remove(project);
                return null;
            }

            var group = waiting.DistinctBy(member => member.Stream, StringComparer.Ordinal).Take(Most).ToList();
            _waiting[project] = waiting.Count == group.Count ? [] : [.. waiting.Except(group)];
            // Two processes that lock the same streams do it in the same order.
            group.Sort((a, b) => string.CompareOrdinal(a.Stream, b.Stream));
            return group;
        }
    }

    /// <summary>Whether it is for what the group writes, or waits for, that it cannot be written now.</summary>
    private static bool IsTheirs(Exception? fault) => fault switch
    {
        null => false,
        PostgresException { SqlState: PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.LockNotAvailable } => true,
        _ => DatabaseOutage.IsStatementTimeout(fault) || IsTheirs(fault.InnerException),
    };

    private async Task WriteAsync(string project, List<GroupMember> group)
    {
        if (group.Count == 1)
        {
            await group[0].WriteAloneAsync();
            return;
        }

        await using var session = store.LightweightSession(project);
        try
        {
            var fetching = session.CreateBatchQuery();
            foreach (var member in group) member.Fetch(fetching);
            await fetching.Execute();
            var appends = false;
            foreach (var member in group) appends |= await member.DecideAsync(session);
            if (appends) await session.SaveChangesAsync();
        }
        catch (Exception e)
        {
            if (DatabaseOutage.Is(e) && !IsTheirs(e))
            {
                foreach (var member in group) member.Fail(e);
                return;
            }

            // A lost race, or a command that cannot be written: none of the others is to suffer for it.
            var half = group.Count / 2;
            await WriteAsync(project, group[..half]);
            await WriteAsync(project, group[half..]);
            return;
        }

        foreach (var member in group) await member.CompleteAsync(session);
    }
}
