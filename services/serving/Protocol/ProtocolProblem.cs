using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Mesh.Serving.Loading;

namespace Mesh.Serving.Protocol;

/// <summary>What the protocol's routes refuse. Problem documents like everywhere, with the member <c>error</c> that the protocol's clients look for.</summary>
internal static class ProtocolProblem
{
    /// <summary>Marks a body in the binary form of tensors.</summary>
    public const string BinaryHeader = "Inference-Header-Content-Length";

    private const string FailedCode = "model.failed";

    public static Rejection TooLarge { get; } = Rejection.TooLarge("body.too-large", "An infer request must be at most 16 MiB. Send fewer rows at once.");

    public static Rejection Binary { get; } = Rejection.Malformed(
        "infer.binary", "The binary form of tensors is not offered here; send tensors as JSON.", BinaryHeader);

    public static Rejection UnknownModel(string name) => Rejection.NotFound("endpoint.unknown", $"There is no endpoint '{name}' in this project.");

    public static Rejection OtherVersion(LoadedModel model, string version) => Rejection.NotFound(
        "endpoint.version-unserved", $"Version '{(version.Length <= 40 ? version : "…")}' is not served; version {model.Version} is.");

    public static Rejection NotReady(EndpointSlot slot) => Rejection.Unavailable(
        "endpoint.not-ready",
        slot.Cause is { } cause ? $"The endpoint has no version that loads: {cause}" : "The endpoint is still loading its model. Try again in a moment.");

    public static Rejection ModelFailed(LoadedModel model) => Rejection.Unavailable(
        FailedCode, $"Version {model.Version} of the model failed on these rows. The trace id finds the cause in the logs.");

    public static Task WriteAsync(HttpContext context, Rejection rejection)
    {
        var result = rejection.ToProblem();
        if (rejection.Code == FailedCode)
        {
            result.ProblemDetails.Status = StatusCodes.Status500InternalServerError;
            result.ProblemDetails.Title = "Internal Server Error";
            result = TypedResults.Problem(result.ProblemDetails);
        }

        if (result.StatusCode == StatusCodes.Status503ServiceUnavailable) context.Response.Headers.RetryAfter = "1";
        result.ProblemDetails.Extensions["error"] = rejection.Detail;
        return result.ExecuteAsync(context);
    }
}
