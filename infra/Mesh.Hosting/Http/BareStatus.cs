using Mesh.Hosting.Decisions;
using Microsoft.AspNetCore.Http;

namespace Mesh.Hosting.Http;

/// <summary>Gives bare statuses, such as 404 for an unknown route or 405, the shape of every other error.</summary>
internal static class BareStatus
{
    /// <summary>Whether an answer is an error that says nothing but its status.</summary>
    public static bool Is(HttpResponse response) =>
        response.StatusCode is >= 400 and < 600 && !response.HasStarted && response.ContentLength is null && string.IsNullOrEmpty(response.ContentType);

    /// <summary>Says the rest.</summary>
    public static Task ExplainAsync(HttpContext context)
    {
        var status = context.Response.StatusCode;
        var rejection = status switch
        {
            404 => Rejection.NotFound("route.unknown", $"There is nothing at {context.Request.Path}."),
            405 => Rejection.Malformed("method.not-allowed", $"{context.Request.Method} is not possible here{Allowed(context)}."),
            415 => Rejection.Malformed("body.media-type", "The body must be JSON: send Content-Type: application/json."),
            413 => Rejection.TooLarge("body.too-large", "The body is larger than this address accepts."),
            400 when UnreadParameter.Find(context) is { } unread => unread,
            _ => Rejection.Malformed("request.refused", "The request was refused."),
        };
        return Problems.WriteAsync(context, rejection, status);
    }

    private static string Allowed(HttpContext context) =>
        context.Response.Headers.Allow.Count > 0 ? $"; possible are {context.Response.Headers.Allow}" : "";
}
