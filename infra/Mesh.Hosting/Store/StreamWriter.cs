using JasperFx;
using Marten;
using Marten.Exceptions;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Identity;

namespace Mesh.Hosting.Store;

/// <summary>What became of a command.</summary>
/// <param name="State">The aggregate after it; null after a refusal on a stream that does not exist.</param>
/// <param name="Version">The stream's version after it.</param>
/// <param name="Events">What was appended; empty for a repeated command.</param>
/// <param name="Rejected">Why it was refused, if it was.</param>
public sealed record Written<TState, TEvent>(TState? State, long Version, IReadOnlyList<TEvent> Events, Rejection? Rejected)
    where TState : class where TEvent : notnull;

/// <summary>The one way to write a stream: fetch, decide, append, save.</summary>
public static class StreamWriter
{
    private const int Races = 5;

    // From this race on the stream is locked: who has lost so often meets many others, and waits in line with them.
    private const int FirstLocked = 3;

    /// <summary>Code of the refusal (409) of a write that has lost every race: the same may be tried again.</summary>
    public const string ContendedCode = "write.contended";

    internal static Rejection Contended { get; } = Rejection.Conflict(ContendedCode, "Others write the same object at the same time. Try again.");

    /// <summary>
    /// Decides on the current state and appends what happened in one transaction. A lost race is decided again on the newer state, unless the
    /// caller named the version that it means: then the answer is a refusal (412).
    /// </summary>
    /// <param name="store">The service's store.</param>
    /// <param name="caller">Who acts.</param>
    /// <param name="project">The tenant.</param>
    /// <param name="stream">Key of the stream.</param>
    /// <param name="decide">Pure; may run several times.</param>
    /// <param name="expectedVersion">Version of the stream that the caller has seen, from <c>If-Match</c>.</param>
    /// <param name="alongside">What else belongs into the transaction, such as documents; called after each decision that appends.</param>
    public static Task<Written<TState, TEvent>> WriteAsync<TState, TEvent>(
        this IDocumentStore store, Caller caller, string project, string stream, Func<TState?, Decision<TEvent>> decide, CancellationToken ct,
        long? expectedVersion = null, Action<IDocumentSession, IReadOnlyList<TEvent>>? alongside = null)
        where TState : class where TEvent : notnull => WriteAsync(store, Author.Of(caller), project, stream, decide, expectedVersion, alongside, ct);

    /// <inheritdoc cref="WriteAsync{TState, TEvent}(IDocumentStore, Caller, string, string, Func{TState, Decision{TEvent}}, CancellationToken, long?, Action{IDocumentSession, IReadOnlyList{TEvent}})" />
    internal static async Task<Written<TState, TEvent>> WriteAsync<TState, TEvent>(
        IDocumentStore store, Author author, string project, string stream, Func<TState?, Decision<TEvent>> decide, long? expectedVersion,
        Action<IDocumentSession, IReadOnlyList<TEvent>>? alongside, CancellationToken ct)
        where TState : class where TEvent : notnull
    {
        for (var race = 1; ; race++)
        {
            await using var session = author.Open(store, project);
            try
            {
                var written = await DecideCoreAsync(session, stream, decide, expectedVersion, race >= FirstLocked, ct);
                if (written.Events.Count == 0) return written;
                alongside?.Invoke(session, written.Events);
                await session.SaveChangesAsync(ct);
                var state = await session.Events.FetchLatest<TState>(stream, ct);
                return written with { State = state };
            }
            catch (Exception e) when (e is ConcurrencyException or ExistingStreamIdCollisionException && expectedVersion is null && race < Races)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(1, 8 * race)), ct);
            }
            catch (ConcurrencyException) when (expectedVersion is not null)
            {
                return new(null, 0, [], Mismatch(expectedVersion.Value));
            }
            catch (Exception e) when (e is ConcurrencyException or ExistingStreamIdCollisionException or StreamLockedException)
            {
                return new(null, 0, [], Contended);
            }
        }
    }

    /// <summary>Decides and appends in a session that somebody else saves, such as a consumer's.</summary>
    public static Task<Written<TState, TEvent>> DecideAsync<TState, TEvent>(
        this IDocumentSession session, string stream, Func<TState?, Decision<TEvent>> decide, CancellationToken ct)
        where TState : class where TEvent : notnull => DecideCoreAsync(session, stream, decide, null, isLocked: false, ct);

    private static async Task<Written<TState, TEvent>> DecideCoreAsync<TState, TEvent>(
        IDocumentSession session, string stream, Func<TState?, Decision<TEvent>> decide, long? expectedVersion, bool isLocked, CancellationToken ct)
        where TState : class where TEvent : notnull
    {
        var fetched = isLocked ? await session.Events.FetchForExclusiveWriting<TState>(stream, ct) : await session.Events.FetchForWriting<TState>(stream, ct);
        var version = fetched.CurrentVersion ?? 0;
        if (expectedVersion is { } expected && expected != version && fetched.Aggregate is not null)
            return new(fetched.Aggregate, version, [], Mismatch(expected, version));
        return Decide(fetched, decide, data => data);
    }

    /// <summary>Decides on a stream that was read, and appends what happened.</summary>
    /// <param name="wrap">Makes of what happened what is appended.</param>
    internal static Written<TState, TEvent> Decide<TState, TEvent>(JasperFx.Events.IEventStream<TState> fetched, Func<TState?, Decision<TEvent>> decide, Func<object, object> wrap)
        where TState : class where TEvent : notnull
    {
        var version = fetched.CurrentVersion ?? 0;
        var decision = decide(fetched.Aggregate);
        if (decision.Rejected is { } rejected) return new(fetched.Aggregate, version, [], rejected);
        if (decision.Events.Count > 0) fetched.AppendMany(decision.Events.Select(e => wrap(e)).ToArray());
        return new(fetched.Aggregate, version + decision.Events.Count, decision.Events, null);
    }

    private static Rejection Mismatch(long expected, long? current = null) => new(
        RejectionKind.VersionMismatch, "version.mismatch",
        current is null ? $"Version {expected} is no longer the current one. Read it again." : $"Version {expected} was expected, but the current one is {current}. Read it again.");
}
