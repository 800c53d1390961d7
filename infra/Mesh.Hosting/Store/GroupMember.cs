using JasperFx.Events;
using Marten;
using Marten.Services.BatchQuerying;
using Mesh.Hosting.Decisions;

namespace Mesh.Hosting.Store;

/// <summary>A command that is written alone, or in a transaction with others.</summary>
internal abstract class GroupMember(string stream)
{
    /// <summary>Key of its stream.</summary>
    public string Stream { get; } = stream;

    /// <summary>Whether its caller has gone away; he is told so.</summary>
    public abstract bool HasLeft();

    /// <summary>Writes it by itself. Never throws: the answer tells.</summary>
    public abstract Task WriteAloneAsync();

    /// <summary>Reads its stream with those of others.</summary>
    public abstract void Fetch(IBatchedQuery with);

    /// <summary>Decides on what was read, and appends.</summary>
    /// <returns>Whether there is anything to save.</returns>
    public abstract Task<bool> DecideAsync(IDocumentSession session);

    /// <summary>Answers: what was decided is saved.</summary>
    public abstract Task CompleteAsync(IDocumentSession session);

    /// <summary>Answers that it could not be written.</summary>
    public abstract void Fail(Exception fault);
}

/// <inheritdoc />
internal sealed class GroupMember<TState, TEvent>(
    IDocumentStore store, Author author, string project, string stream, Func<TState?, Decision<TEvent>> decide,
    Action<IDocumentSession, IReadOnlyList<TEvent>>? alongside, CancellationToken ct) : GroupMember(stream)
    where TState : class where TEvent : notnull
{
    private readonly TaskCompletionSource<Written<TState, TEvent>> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task<IEventStream<TState>>? _fetching;
    private Written<TState, TEvent>? _decided;

    /// <summary>What became of it.</summary>
    public Task<Written<TState, TEvent>> Answer => _answer.Task;

    public override bool HasLeft() => ct.IsCancellationRequested && _answer.TrySetCanceled(ct);

    public override async Task WriteAloneAsync()
    {
        try
        {
            _answer.TrySetResult(await StreamWriter.WriteAsync(store, author, project, Stream, decide, null, alongside, ct));
        }
        catch (OperationCanceledException e)
        {
            _answer.TrySetCanceled(e.CancellationToken);
        }
        catch (Exception e)
        {
            _answer.TrySetException(e);
        }
    }

    public override void Fetch(IBatchedQuery with) => _fetching = with.Events.FetchForWriting<TState>(Stream);

    public override async Task<bool> DecideAsync(IDocumentSession session)
    {
        var fetched = await _fetching!;
        _decided = StreamWriter.Decide(fetched, decide, data => author.Stamp(session.Events.BuildEvent(data)));
        if (_decided.Events.Count == 0) return false;
        alongside?.Invoke(session, _decided.Events);
        return true;
    }

    public override async Task CompleteAsync(IDocumentSession session)
    {
        var written = _decided!;
        try
        {
            _answer.TrySetResult(written.Events.Count == 0 ? written : written with { State = await session.Events.FetchLatest<TState>(Stream) });
        }
        catch (Exception e)
        {
            _answer.TrySetException(e);
        }
    }

    public override void Fail(Exception fault) => _answer.TrySetException(fault);
}
