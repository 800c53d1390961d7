using System.Text.Json;
using System.Text.RegularExpressions;
using JasperFx;
using Mesh.Hosting.Clients;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Store;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Mesh.Hosting.Http;

/// <summary>
/// The last line: turns what an endpoint throws, and statuses without a body, into problem documents. A caller's fault is logged at debug level only; ours as an error, and
/// the answer shows none of it but the trace.
/// </summary>
internal sealed partial class FaultBarrier(RequestDelegate next, ILogger<FaultBarrier> log)
{
    // What PostgreSQL says to the one character that its texts cannot hold.
    private const string NoSuchJsonText = PostgresErrorCodes.UntranslatableCharacter;
    private const string NoSuchText = PostgresErrorCodes.CharacterNotInRepertoire;

    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
            if (BareStatus.Is(context.Response)) await BareStatus.ExplainAsync(context);
        }
        // A connection that is reset may be seen by the reader of the body before the request is told.
        catch (Exception fault) when (context.RequestAborted.IsCancellationRequested || fault is ConnectionResetException or ConnectionAbortedException)
        {
            log.LogDebug("The caller went away from {Path}", context.Request.Path);
            // Nothing is left to be read or answered.
            context.Abort();
        }
        catch (Exception fault) when (!context.Response.HasStarted)
        {
            var (rejection, status) = Explain(fault);
            if (status == StatusCodes.Status500InternalServerError) log.LogError(fault, "{Method} {Path} failed", context.Request.Method, context.Request.Path);
            else if (status >= 500) log.LogWarning("{Method} {Path} is not available: {Reason}", context.Request.Method, context.Request.Path, fault.Message);
            else log.LogDebug(fault, "{Method} {Path} was refused", context.Request.Method, context.Request.Path);
            var endpoint = context.GetEndpoint();
            context.Response.Clear();
            context.SetEndpoint(endpoint);
            if (status == StatusCodes.Status503ServiceUnavailable) context.Response.Headers.RetryAfter = "2";
            await Problems.WriteAsync(context, rejection, status);
        }
    }

    private static (Rejection Rejection, int Status) Explain(Exception fault) => fault switch
    {
        RejectedException rejected => (rejected.Rejection, Problems.StatusOf(rejected.Rejection.Kind)),
        BadHttpRequestException bad => Explain(bad),
        ConcurrencyException => (Rejection.Conflict("write.contended", "Others write the same object at the same time. Try again."), 409),
        ServiceCallException { IsOutage: false } call => (
            new Rejection(RejectionKind.Unprocessable, call.Problem.Code, call.Problem.Detail ?? call.Problem.Title), call.Problem.Status is 401 or 403 ? 500 : call.Problem.Status),
        ServiceCallException call => (Rejection.Unavailable(call.Problem.Code, call.Message), 503),
        _ when DatabaseOutage.Is(fault) =>
            (Rejection.Unavailable("store.unavailable", "The database does not answer. Nothing is known to have changed; try again."), 503),
        PostgresException { SqlState: NoSuchJsonText or NoSuchText } or { InnerException: PostgresException { SqlState: NoSuchJsonText or NoSuchText } } =>
            (Rejection.Malformed("text.null-character", "A text holds the character U+0000, which cannot be stored."), 400),
        _ => (new Rejection(RejectionKind.Unavailable, "internal", "Something went wrong here. The trace id finds it in the logs."), 500),
    };

    private static (Rejection Rejection, int Status) Explain(BadHttpRequestException bad)
    {
        if (bad.StatusCode == StatusCodes.Status413PayloadTooLarge)
            return (Rejection.TooLarge("body.too-large", "The body is larger than this address accepts."), 413);
        if (bad.StatusCode == StatusCodes.Status415UnsupportedMediaType)
            return (Rejection.Malformed("body.media-type", "The body must be JSON: send Content-Type: application/json."), 415);
        if (bad.InnerException is JsonException json)
        {
            var at = json.Path is { Length: > 1 } path ? path.TrimStart('$').TrimStart('.') : null;
            var line = json.LineNumber is { } number ? $" (line {number + 1}, byte {json.BytePositionInLine})" : "";
            var (sentence, field) = Translate(json.Message, at);
            return (Rejection.Malformed("body.malformed", $"The body is not the JSON that is expected: {sentence}{line}", field), 400);
        }

        return (BindingFault.Explain(bad), bad.StatusCode);
    }

    // The parser's messages name .NET types and repeat the position: callers get our own words for the cases that they meet.
    private static (string Sentence, string? Field) Translate(string message, string? path) => message switch
    {
        _ when Unmapped().Match(message) is { Success: true } m => ($"'{m.Groups[1].Value}' is not a known field.", Below(path, m.Groups[1].Value)),
        _ when Missing().Match(message) is { Success: true } m => ($"a required field is missing: {m.Groups[1].Value.TrimEnd('.')}.", path),
        _ when message.Contains("doesn't allow null", StringComparison.Ordinal) || message.Contains("doesn\u0027t allow null", StringComparison.Ordinal) =>
            ("null is not allowed here.", path),
        _ when message.Contains("could not be converted", StringComparison.Ordinal) => ("the value has the wrong type, or is not one of the known values.", path),
        _ when message.StartsWith("The JSON value", StringComparison.Ordinal) => ("the value has the wrong type.", path),
        _ => (message.IndexOf(" Path: ", StringComparison.Ordinal) is > 0 and var end ? message[..end] : message, path),
    };

    private static string Below(string? path, string name) => path is null ? name : path.EndsWith(name, StringComparison.Ordinal) ? path : $"{path}.{name}";

    [GeneratedRegex("The JSON property '([^']*)' could not be mapped")]
    private static partial Regex Unmapped();

    [GeneratedRegex("was missing required properties[^:]*: (.*?)(?: Path:|$)")]
    private static partial Regex Missing();
}

/// <summary>A refusal from where a value cannot be returned, such as parameter binding.</summary>
public sealed class RejectedException(Rejection rejection) : Exception(rejection.Detail)
{
    /// <summary>The refusal.</summary>
    public Rejection Rejection { get; } = rejection;
}
