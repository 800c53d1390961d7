using JasperFx.Events;
using JasperFx.Events.Projections;
using Marten;
using Mesh.Contracts;
using Mesh.Contracts.Events;
using Mesh.Contracts.Tracking;
using Mesh.Hosting.Bus;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Mesh.Hosting.Identity;
using Mesh.Hosting.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.Hosting.Tests.Notes;

public interface INotesStore : IDocumentStore;

public abstract record NoteEvent
{
    private NoteEvent()
    {
    }

    public sealed record Written(Guid Id, string Text, string? Fingerprint) : NoteEvent;

    public sealed record Read(int Times) : NoteEvent;
}

public sealed record Note(string Id, string Text, string? Fingerprint, int Reads)
{
    public long Version { get; init; }

    public static Note Create(NoteEvent.Written e) => new(e.Id.ToString(), e.Text, e.Fingerprint, 0);

    public Note Apply(NoteEvent.Read e) => this with { Reads = Reads + e.Times };
}

public sealed record WriteNote(string Text, double Weight = 1) : IChecked
{
    public void Check(Faults faults) => faults.Require(Text.Length is > 0 and <= 100, "text", "must be 1 to 100 characters.");
}

public sealed class ReadCount
{
    public string Id { get; set; } = "";

    public int Count { get; set; }
}

/// <summary>The smallest service with everything: a stream, a snapshot, endpoints, an event out and a consumer in.</summary>
public sealed class NotesService(string name = "notes") : ServiceModule<INotesStore>
{
    public override string Name => name;

    public override IReadOnlyList<string> Schema => ["create table lines (id bigserial primary key, text text not null)"];

    public override void ConfigureServices(IServiceCollection services, IConfiguration configuration) => services.AddSingleton<Cure>();

    public override void ConfigureStore(StoreOptions store)
    {
        store.Events.MapEventType<NoteEvent.Written>("note.written");
        store.Events.MapEventType<NoteEvent.Read>("note.read");
        store.Projections.Snapshot<Note>(SnapshotLifecycle.Inline);
    }

    public override void MapEndpoints(IEndpointRouteBuilder app)
    {
        var notes = app.MapGroup("/api/v1/projects/{project}/notes");
        notes.MapPost("", WriteAsync);
        notes.MapGet("/{id:guid}", GetAsync);
        notes.MapPost("/{id:guid}/read", ReadAsync);
        notes.MapDelete("/{id:guid}", () => TypedResults.NoContent()).RequireRole(Role.Admin);
        notes.MapGet("/typed/{number}", (int number, double? weight, DateTimeOffset? since, Guid? parent, bool? open, Role? least) => TypedResults.NoContent());
        notes.MapGet("/needed", (string title) => TypedResults.Ok(title));
        notes.MapGet("/fault", string () => throw new InvalidOperationException("inner workings"));
    }

    public override void MapInternal(IEndpointRouteBuilder app) => app.MapGet("/notes/count", (INotesStore _) => TypedResults.Ok(1));

    public override void Subscribe(ConsumerRegistry consumers) =>
        consumers.Add<OnRunCreated>("on-run-created", ["run.created"]).Add<Poisoned>("poisoned", ["run.created"]);

    public override IIntegrationEvent? ToIntegrationEvent(IEvent e) => e.Data switch
    {
        NoteEvent.Written written => new RunCreated(written.Id, written.Text, "notes"),
        NoteEvent.Read => new RunStarted(Guid.Parse(e.StreamKey!), (int)e.Version),
        _ => null,
    };

    private static async Task<IResult> WriteAsync(string project, WriteNote body, Caller caller, IdempotencyKey key, INotesStore store, CancellationToken ct)
    {
        var id = key.Id(caller, project, "notes");
        var fingerprint = key.Fingerprint(body);
        var written = await store.WriteAsync<Note, NoteEvent>(caller, project, id.ToString(), note => note switch
        {
            null => new NoteEvent.Written(id, body.Text, fingerprint),
            { Fingerprint: var known } when known == fingerprint => Decision<NoteEvent>.Nothing,
            _ => IdempotencyKey.Reused,
        }, ct);
        return written.Rejected is { } no ? no.ToProblem() : TypedResults.Created($"/api/v1/projects/{project}/notes/{id}", written.State);
    }

    private static async Task<Results<Ok<Note>, ProblemHttpResult>> GetAsync(string project, Guid id, INotesStore store, CancellationToken ct)
    {
        await using var session = store.OpenQuery(project);
        return await session.LoadAsync<Note>(id.ToString(), ct) is { } note
            ? TypedResults.Ok(note)
            : Rejection.NotFound("note.unknown", $"There is no note {id}.").ToProblem();
    }

    private static async Task<IResult> ReadAsync(string project, Guid id, Caller caller, EntityVersion expected, HttpContext context, INotesStore store, CancellationToken ct)
    {
        var written = await store.WriteAsync<Note, NoteEvent>(
            caller, project, id.ToString(),
            note => note is null ? Rejection.NotFound("note.unknown", "No such note.") : new NoteEvent.Read(1), ct, expected.Expected);
        if (written.Rejected is { } no) return no.ToProblem();
        EntityVersion.Write(context, written.Version);
        return TypedResults.Ok(written.State);
    }

    public sealed class OnRunCreated : IEventConsumer
    {
        public async Task ConsumeAsync(MeshEvent e, IDocumentSession session, CancellationToken ct)
        {
            var count = await session.LoadAsync<ReadCount>("all", ct) ?? new ReadCount { Id = "all" };
            count.Count++;
            session.Store(count);
        }
    }

    public sealed class Poisoned(Cure cure) : IEventConsumer
    {
        public Task ConsumeAsync(MeshEvent e, IDocumentSession session, CancellationToken ct) => e.DataAs<RunCreated>().Name switch
        {
            "poison" => throw new InvalidOperationException("cannot be handled"),
            "fragile" when !cure.Found => throw new InvalidOperationException("cannot be handled yet"),
            _ => Task.CompletedTask,
        };
    }

    /// <summary>What makes fragile notes work.</summary>
    public sealed class Cure
    {
        public bool Found { get; set; }
    }
}
