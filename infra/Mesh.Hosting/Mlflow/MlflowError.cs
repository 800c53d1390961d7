using System.Collections.Frozen;
using System.Text.Json;
using Mesh.Hosting.Decisions;
using Microsoft.AspNetCore.Http;

namespace Mesh.Hosting.Mlflow;

/// <summary>
/// Errors as clients of the MLflow REST protocol read them: <c>{"error_code", "message"}</c>, with the status that MLflow's server gives each code. Below the
/// protocol's addresses every refusal takes this shape, whoever refuses. Clients repeat 408, 429 and most of 5xx for minutes: a caller's fault is never one of them.
/// </summary>
public static class MlflowError
{
    /// <summary>400</summary>
    public const string InvalidParameterValue = "INVALID_PARAMETER_VALUE";

    /// <summary>400</summary>
    public const string BadRequest = "BAD_REQUEST";

    /// <summary>400</summary>
    public const string ResourceAlreadyExists = "RESOURCE_ALREADY_EXISTS";

    /// <summary>401</summary>
    public const string Unauthenticated = "UNAUTHENTICATED";

    /// <summary>403</summary>
    public const string PermissionDenied = "PERMISSION_DENIED";

    /// <summary>404</summary>
    public const string ResourceDoesNotExist = "RESOURCE_DOES_NOT_EXIST";

    /// <summary>404</summary>
    public const string EndpointNotFound = "ENDPOINT_NOT_FOUND";

    /// <summary>409</summary>
    public const string ResourceConflict = "RESOURCE_CONFLICT";

    /// <summary>429</summary>
    public const string RequestLimitExceeded = "REQUEST_LIMIT_EXCEEDED";

    /// <summary>500</summary>
    public const string InternalError = "INTERNAL_ERROR";

    /// <summary>501</summary>
    public const string NotImplemented = "NOT_IMPLEMENTED";

    /// <summary>503</summary>
    public const string TemporarilyUnavailable = "TEMPORARILY_UNAVAILABLE";

    /// <summary>504</summary>
    public const string DeadlineExceeded = "DEADLINE_EXCEEDED";

    private static readonly FrozenDictionary<string, int> Statuses = new Dictionary<string, int>
    {
        [InvalidParameterValue] = 400,
        [BadRequest] = 400,
        [ResourceAlreadyExists] = 400,
        [Unauthenticated] = 401,
        [PermissionDenied] = 403,
        [ResourceDoesNotExist] = 404,
        [EndpointNotFound] = 404,
        [ResourceConflict] = 409,
        [RequestLimitExceeded] = 429,
        [InternalError] = 500,
        [NotImplemented] = 501,
        [TemporarilyUnavailable] = 503,
        [DeadlineExceeded] = 504,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The refusal that stands for a code, for whoever refuses by values.</summary>
    public static Rejection Of(string code, string message) => new(code switch
    {
        ResourceDoesNotExist or EndpointNotFound => RejectionKind.NotFound,
        ResourceConflict => RejectionKind.Conflict,
        PermissionDenied => RejectionKind.Forbidden,
        TemporarilyUnavailable => RejectionKind.Unavailable,
        _ => RejectionKind.Malformed,
    }, code, message);

    /// <summary>Whether callers of this address speak the protocol: below a project, or at the bare root.</summary>
    public static bool Speaks(PathString path) =>
        path.Value is { Length: > 1 } text && (text.StartsWith("/mlflow/", StringComparison.Ordinal) || IsRoot(text));

    /// <summary>Whether the address is the protocol's without a project.</summary>
    public static bool IsRoot(ReadOnlySpan<char> path)
    {
        if (path is "/get-artifact" or "/version" or "/v1/traces") return true;
        if (path.StartsWith("/ajax-api/", StringComparison.Ordinal)) path = path[9..];
        else if (path.StartsWith("/api/", StringComparison.Ordinal)) path = path[4..];
        else return false;
        // "/2.0/mlflow…" or "/3.0/mlflow…"; the first slash is that of "api/".
        return path.Length > 11 && path[0] == '/' && path[1] is '2' or '3' && path[2..].StartsWith(".0/mlflow", StringComparison.Ordinal);
    }

    /// <summary>Writes a refusal.</summary>
    /// <param name="status">The status that it would have elsewhere.</param>
    internal static Task WriteAsync(HttpContext context, Rejection rejection, int status)
    {
        var (code, answered) = CodeOf(rejection, status);
        context.Response.StatusCode = answered;
        context.Response.ContentType = "application/json";
        return context.Response.Body.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(new Body(code, rejection.Detail))).AsTask();
    }

    internal static (string Code, int Status) CodeOf(Rejection rejection, int status)
    {
        if (Statuses.TryGetValue(rejection.Code, out var known)) return (rejection.Code, known);
        return status switch
        {
            401 => (Unauthenticated, 401),
            403 => (PermissionDenied, 403),
            404 => (rejection.Code == "route.unknown" ? EndpointNotFound : ResourceDoesNotExist, 404),
            405 => (BadRequest, 405),
            409 => (ResourceConflict, 409),
            413 => (InvalidParameterValue, 413),
            429 => (RequestLimitExceeded, 429),
            502 or 503 => (TemporarilyUnavailable, 503),
            504 => (DeadlineExceeded, 504),
            >= 500 => (InternalError, 500),
            _ => (InvalidParameterValue, 400),
        };
    }

    private sealed record Body(
        [property: System.Text.Json.Serialization.JsonPropertyName("error_code")] string ErrorCode,
        [property: System.Text.Json.Serialization.JsonPropertyName("message")] string Message);
}
