using System.Globalization;
using System.Text;
using System.Text.Unicode;
using Mesh.Contracts;
using Mesh.Contracts.Tracking;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Mesh.Tracking.Runs;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Mesh.Tracking.Logs;

/// <summary>Text in by chunks; out by ranges, as a whole, or live.</summary>
internal static class LogEndpoints
{
    private const int MaxChunk = 1 << 20;
    private const int DefaultRange = 64 << 10;

    public static void MapLogs(this IEndpointRouteBuilder app)
    {
        var logs = app.MapGroup("/api/v1/projects/{project}/runs/{run:guid}/logs").WithTags("Logs");
        logs.MapPost("", Append).WithName("AppendLog").WithMaxBody(MaxChunk).Accepts<string>(isOptional: true, "text/plain", "*/*")
            .WithSummary("Appends UTF-8 text; with Mesh-Log-Offset a repeat is harmless").ProducesProblem(400).ProducesProblem(404).ProducesProblem(409).ProducesProblem(413);
        logs.MapGet("", Read).WithName("ReadLog").WithSummary("Text from an offset; the whole rest as text/plain; live with follow=true")
            .Produces<LogChunk>().Produces<string>(200, "text/plain", "text/event-stream").ProducesProblem(400).ProducesProblem(404);
        logs.MapGet("/search", Search).WithName("SearchLog")
            .WithSummary("Where a text stands in the log, line by line; regex=true for a regular expression, ignoreCase=true for any case").ProducesProblem(400).ProducesProblem(404).ProducesProblem(422);
    }

    internal static async Task<Results<Ok<LogPosition>, ProblemHttpResult>> Append(
        string project, Guid run, [FromHeader(Name = "Mesh-Attempt")] string? attempt, [FromHeader(Name = "Mesh-Log-Offset")] string? offset,
        HttpRequest request, LogStore logs, CancellationToken ct)
    {
        var lease = ReadNumber(attempt, "Mesh-Attempt", 1, int.MaxValue);
        var at = ReadNumber(offset, "Mesh-Log-Offset", 0, long.MaxValue);
        using var body = new MemoryStream((int)Math.Min(request.ContentLength ?? 0, MaxChunk));
        await request.Body.CopyToAsync(body, ct);
        var text = body.GetBuffer().AsMemory(0, (int)body.Length);
        if (!Utf8.IsValid(text.Span)) return Rejection.Malformed("log.not-utf8", "The text must be UTF-8, each chunk with whole characters.").ToProblem();
        var (position, rejected) = await logs.AppendAsync(project, run, (int?)lease, at, text, ct);
        return rejected is null ? TypedResults.Ok(position!) : rejected.ToProblem();
    }

    internal static async Task<IResult> Read(
        string project, Guid run, string? offset, string? limit, string? follow, [FromHeader(Name = "Last-Event-ID")] string? lastEventId,
        [FromHeader(Name = "Accept")] string? accept, LogStore logs, LogSignal signal, RunReader runs, CancellationToken ct)
    {
        var last = ReadNumber(lastEventId, "Last-Event-ID", 0, long.MaxValue);
        var from = last ?? ReadNumber(offset, "offset", 0, long.MaxValue) ?? 0;
        var range = (int)(ReadNumber(limit, "limit", Utf8Text.LongestCharacter, MaxChunk) ?? DefaultRange);
        if (await runs.FindLifeAsync(project, run, ct) is not { Deleted: false } life) return RunDecider.Unknown.ToProblem();
        if (ReadFlag(follow, "follow")) return new LogStream(project, run, from, last is not null, logs, signal, runs);
        return accept?.StartsWith("text/plain", StringComparison.OrdinalIgnoreCase) == true
            ? TypedResults.Stream(body => CopyAsync(project, run, from, logs, body, ct), "text/plain; charset=utf-8")
            : TypedResults.Ok(await logs.ReadAsync(project, run, from, range, life.HasEnded, ct));
    }

    internal static async Task<Results<Ok<Page<LogMatch>>, ProblemHttpResult>> Search(
        string project, Guid run, string? query, string? regex, string? ignoreCase, PageRequest page, LogSearch search, RunReader runs, CancellationToken ct)
    {
        var pattern = LogPattern.Parse(query, ReadFlag(regex, "regex"), ReadFlag(ignoreCase, "ignoreCase"));
        var after = page.After<LogSearchPosition>();
        if (after is { IsSound: false }) return Rejection.Malformed("cursor.invalid", "The cursor is not one that this list gave out.", "cursor").ToProblem();
        return await runs.FindLifeAsync(project, run, ct) is { Deleted: false }
            ? TypedResults.Ok(await search.FindAsync(project, run, pattern, after, page, ct))
            : RunDecider.Unknown.ToProblem();
    }

    private static async Task CopyAsync(string project, Guid run, long from, LogStore logs, Stream body, CancellationToken ct)
    {
        while (await logs.ReadAsync(project, run, from, MaxChunk, ended: true, ct) is { Text.Length: > 0 } chunk)
        {
            await body.WriteAsync(Encoding.UTF8.GetBytes(chunk.Text), ct);
            from = chunk.NextOffset;
        }
    }

    private static long? ReadNumber(string? text, string field, long least, long most)
    {
        if (string.IsNullOrEmpty(text)) return null;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw new RejectedException(Rejection.Malformed("request.malformed", $"'{field}' must be a whole number from {least} to {most}.", field));
    }

    private static bool ReadFlag(string? text, string field) => text switch
    {
        null or "" or "false" => false,
        "true" => true,
        _ => throw new RejectedException(Rejection.Malformed("request.malformed", $"'{field}' must be true or false.", field)),
    };
}
