using System.Globalization;
using Mesh.Contracts;
using Mesh.Contracts.Monitoring;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Mesh.Hosting.Identity;
using Microsoft.Extensions.Options;

namespace Mesh.Monitoring.Journal;

/// <summary>The HTTP surface of the journal: a stream of Server-Sent Events, or a page for callers that accept JSON.</summary>
internal static class EventEndpoints
{
    private sealed record PositionCursor(long Position);

    public static void MapEvents(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/events", Get).WithName("ListEvents").WithTags("Events")
            .Produces<Page<JournalEntry>>().Produces(StatusCodes.Status200OK, contentType: EventStream.ContentType);

    internal static async Task<IResult> Get(
        HttpContext http, Caller caller, PageRequest page, JournalFeed feed, JournalStore store, TimeProvider clock, IOptions<MonitoringOptions> options,
        IHostApplicationLifetime lifetime, string? types, string? project, string? subject, string? after, CancellationToken ct)
    {
        if (Refuse(caller, project) is { } refused) return refused.ToProblem();
        IReadOnlyList<string>? patterns = null;
        if (types is not null && (patterns = JournalFilter.ParseTypes(types)) is null)
            return Rejection.Malformed("types.invalid", "'types' must be 1 to 50 patterns such as run.*,model.promoted.", "types").ToProblem();
        if (http.Request.Headers["Last-Event-ID"] is [{ Length: > 0 } seen]) after = seen;
        if (!TryPosition(after, out var position))
        {
            const string Form = "'after' (or Last-Event-ID) must be a position in the journal: a whole number, 0 for the beginning.";
            return Rejection.Malformed("after.invalid", Form, "after").ToProblem();
        }

        var filter = new JournalFilter(patterns, project, subject);
        var last = await feed.LastAsync(ct);
        if (WantsJson(http.Request)) return TypedResults.Ok(await ListAsync(store, filter, page, position ?? 0, last, ct));

        // A position from the future (of a journal that was lost, say) would wait forever: it begins at the end.
        var begin = Math.Min(position ?? last, last);
        var (heartbeat, life) = (TimeSpan.FromSeconds(options.Value.HeartbeatSeconds), TimeSpan.FromSeconds(options.Value.StreamSeconds));
        return new EventStream(feed, filter, begin, heartbeat, life, clock, lifetime.ApplicationStopping);
    }

    private static async Task<Page<JournalEntry>> ListAsync(
        JournalStore store, JournalFilter filter, PageRequest page, long after, long last, CancellationToken ct)
    {
        var begin = page.After<PositionCursor>()?.Position ?? after;
        var lines = await store.ReadAsync(begin, last, filter, page.Limit + 1, ct);
        return page.ToPage<JournalEntry, PositionCursor>([.. lines.Select(line => new JournalEntry(line.Position, line.Read()))], entry => new(entry.Position));
    }

    private static Rejection? Refuse(Caller caller, string? project)
    {
        if (project is not null && !Names.IsLabel(project))
            return Rejection.Malformed("project.invalid", "'project' must be the name of a project.", "project");
        if (caller.PlatformAdmin || caller.Kind == CallerKind.Service) return null;
        if (project is null)
            return Rejection.Forbidden("events.project-required", "Only a platform administrator sees the events of all projects: name one with ?project=.");
        return caller.Has(Role.Viewer, project) ? null : Rejection.NotFound("project.unknown", $"There is no project '{project}', or you have no role in it.");
    }

    private static bool TryPosition(string? text, out long? position)
    {
        position = null;
        if (text is null) return true;
        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed)) return false;
        position = parsed;
        return true;
    }

    private static bool WantsJson(HttpRequest request)
    {
        var (json, stream) = (-1.0, -1.0);
        foreach (var accepted in request.GetTypedHeaders().Accept)
        {
            var quality = accepted.Quality ?? 1;
            if (accepted.MediaType == "application/json") json = Math.Max(json, quality);
            if (accepted.MediaType == EventStream.ContentType) stream = Math.Max(stream, quality);
        }

        return json > stream;
    }
}
