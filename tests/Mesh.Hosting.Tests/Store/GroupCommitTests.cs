using System.Diagnostics;
using Marten;
using Mesh.Contracts.Events;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Identity;
using Mesh.Hosting.Store;
using Mesh.Hosting.Tests.Notes;
using Npgsql;

namespace Mesh.Hosting.Tests.Store;

/// <summary>Commands of a project that come while one is being written share a transaction, and none notices the others.</summary>
public sealed class GroupCommitTests(NotesHost notes) : IClassFixture<NotesHost>
{
    private readonly string _project = $"p{Guid.NewGuid():N}";
    private readonly INotesStore _store = notes.Host.Service<INotesStore>();
    private readonly GroupCommit<INotesStore> _commands = notes.Host.Service<GroupCommit<INotesStore>>();

    [Fact]
    public async Task What_comes_during_a_write_shares_the_next_transaction()
    {
        var answers = await BehindOneAsync(() => [.. Enumerable.Range(0, 40).Select(i => WriteAsync($"note {i}", caller: Caller.Service($"writer-{i}")))]);

        foreach (var (answer, i) in answers.Select((answer, i) => (answer, i)))
        {
            answer.Rejected.ShouldBeNull();
            (answer.Version, answer.State!.Version, answer.State.Text).ShouldBe((1, 1, $"note {i}"));
            await using var session = _store.OpenQuery(_project);
            (await session.LoadAsync<Note>(answer.State.Id, TestContext.Current.CancellationToken)).ShouldBe(answer.State);
            (await session.Events.FetchStreamAsync(answer.State.Id, token: TestContext.Current.CancellationToken)).Single().UserName.ShouldBe(Caller.Service($"writer-{i}").Name);
        }

        (await TransactionsAsync()).ShouldBe(2);
    }

    [Fact]
    public async Task Each_event_belongs_to_the_trace_of_its_own_caller()
    {
        using var source = new ActivitySource("group-commit");
        using var listener = new ActivityListener { ShouldListenTo = from => from == source, Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData };
        ActivitySource.AddActivityListener(listener);
        var traces = new List<string>();

        var answers = await BehindOneAsync(() => [.. Enumerable.Range(0, 3).Select(i =>
        {
            using var activity = source.StartActivity($"caller {i}", ActivityKind.Internal, parentContext: default)!;
            traces.Add(activity.TraceId.ToHexString());
            return WriteAsync($"traced {i}");
        })]);

        await using var session = _store.OpenQuery(_project);
        for (var i = 0; i < answers.Count; i++)
        {
            var stored = (await session.Events.FetchStreamAsync(answers[i].State!.Id, token: TestContext.Current.CancellationToken)).Single();
            stored.CorrelationId.ShouldBe(traces[i]);
            stored.GetHeader("traceparent")!.ToString()!.ShouldContain(traces[i]);
        }
    }

    [Fact]
    public async Task What_an_event_leads_to_names_it_as_its_cause_alone_and_in_a_group()
    {
        MeshEvent[] events = [.. Enumerable.Range(0, 4).Select(i => new MeshEvent
        {
            Id = Guid.NewGuid(), Source = "/mesh/tests", Type = "run.created", Subject = $"{Guid.NewGuid()}", Time = DateTimeOffset.UtcNow, Project = _project, StreamVersion = 1, Actor = i == 0 ? null : $"actor {i}", Data = default,
        })];
        await FollowAsync(events[0]);
        await BehindOneAsync(() => [.. events.Skip(1).Select(FollowAsync)]);

        await using var session = _store.OpenQuery(_project);
        foreach (var e in events)
        {
            var stored = (await session.Events.FetchStreamAsync(e.Subject, token: Ct)).Single();
            (stored.CausationId, stored.UserName).ShouldBe((e.Id.ToString(), e.Actor ?? e.Source));
        }

        Task<Written<Note, NoteEvent>> FollowAsync(MeshEvent e) =>
            _commands.FollowAsync<Note, NoteEvent>(e, e.Subject, _ => new NoteEvent.Written(Guid.Parse(e.Subject), "followed", null), Ct);
    }

    [Fact]
    public async Task A_command_that_fails_fails_alone()
    {
        Task<Written<Note, NoteEvent>>? broken = null, refused = null, unsaved = null;
        var answers = await BehindOneAsync(() =>
        {
            broken = _commands.WriteAsync<Note, NoteEvent>(Caller.Service("notes"), _project, $"{Guid.NewGuid()}", _ => throw new InvalidOperationException("no"), Ct);
            refused = _commands.WriteAsync<Note, NoteEvent>(Caller.Service("notes"), _project, $"{Guid.NewGuid()}", _ => Rejection.Conflict("note.no", "No."), Ct);
            unsaved = WriteAsync("unsaved", alongside: session => session.QueueSqlCommand("insert into notes.lines (text) values (null)"));
            return [.. Enumerable.Range(0, 8).Select(i => WriteAsync($"note {i}"))];
        });

        answers.ShouldAllBe(answer => answer.Version == 1);
        (await Should.ThrowAsync<InvalidOperationException>(broken!)).Message.ShouldBe("no");
        (await refused!).Rejected!.Code.ShouldBe("note.no");
        await Should.ThrowAsync<Exception>(unsaved!);
        (await NotesAsync()).ShouldBe(9);
    }

    [Fact]
    public async Task Commands_on_one_stream_are_decided_in_their_order()
    {
        var id = (await WriteAsync("read often")).State!.Id;
        var seen = new List<int>();

        await BehindOneAsync(() => [.. Enumerable.Range(1, 5).Select(times => _commands.WriteAsync<Note, NoteEvent>(
            Caller.Service("notes"), _project, id, note =>
            {
                seen.Add(note!.Reads);
                return new NoteEvent.Read(times);
            }, Ct))]);

        seen.ShouldBe([0, 1, 3, 6, 10]);
    }

    [Fact]
    public async Task A_race_that_another_process_wins_is_decided_again()
    {
        var ids = new List<string>();
        for (var i = 0; i < 3; i++) ids.Add((await WriteAsync($"raced {i}")).State!.Id);
        var raced = false;

        var answers = await BehindOneAsync(() => [.. ids.Select(id => _commands.WriteAsync<Note, NoteEvent>(
            Caller.Service("notes"), _project, id, _ => new NoteEvent.Read(1), Ct, (_, _) =>
            {
                if (raced || id != ids[1]) return;
                raced = true;
                using var isWritten = new ManualResetEventSlim();
                _ = WinAsync(id, isWritten);
                isWritten.Wait(Ct);
            }))]);

        raced.ShouldBeTrue();
        answers.Select(answer => answer.State!.Reads).ShouldBe([1, 11, 1]);
    }

    [Fact]
    public async Task A_caller_who_leaves_before_his_turn_changes_nothing()
    {
        using var leaving = new CancellationTokenSource();
        Task? left = null;
        await BehindOneAsync(() =>
        {
            left = WriteAsync("left", ct: leaving.Token);
            leaving.Cancel();
            return [WriteAsync("stays"), WriteAsync("stays, too")];
        });

        await Should.ThrowAsync<OperationCanceledException>(left!);
        (await NotesAsync()).ShouldBe(3);
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>Holds one command up until the others have come.</summary>
    private async Task<IReadOnlyList<Written<Note, NoteEvent>>> BehindOneAsync(Func<IReadOnlyList<Task<Written<Note, NoteEvent>>>> others)
    {
        using var isWriting = new ManualResetEventSlim();
        using var have = new ManualResetEventSlim();
        var first = Task.Run(() => _commands.WriteAsync<Note, NoteEvent>(
            Caller.Service("notes"), _project, $"{Guid.NewGuid()}", _ =>
            {
                isWriting.Set();
                have.Wait(CancellationToken.None);
                return new NoteEvent.Written(Guid.NewGuid(), "first", null);
            }, CancellationToken.None));
        isWriting.Wait(Ct);
        var all = others();
        have.Set();
        await first;
        return await Task.WhenAll(all);
    }

    private async Task WinAsync(string id, ManualResetEventSlim isWritten)
    {
        await _store.WriteAsync<Note, NoteEvent>(Caller.Service("other"), _project, id, _ => new NoteEvent.Read(10), Ct);
        isWritten.Set();
    }

    private Task<Written<Note, NoteEvent>> WriteAsync(string text, Caller? caller = null, Action<IDocumentSession>? alongside = null, CancellationToken? ct = null)
    {
        var id = Guid.NewGuid();
        return _commands.WriteAsync<Note, NoteEvent>(
            caller ?? Caller.Service("notes"), _project, id.ToString(), _ => new NoteEvent.Written(id, text, null), ct ?? Ct, (session, _) => alongside?.Invoke(session));
    }

    private Task<long> TransactionsAsync() => CountAsync("select count(distinct xmin::text) from mt_events where tenant_id = $1");

    private Task<long> NotesAsync() => CountAsync("select count(*) from mt_doc_note where tenant_id = $1");

    private async Task<long> CountAsync(string query)
    {
        await using var command = notes.Host.Service<ServiceDatabase<INotesStore>>().DataSource.CreateCommand(query);
        command.Parameters.Add(new NpgsqlParameter { Value = _project });
        return (long)(await command.ExecuteScalarAsync(Ct))!;
    }
}
