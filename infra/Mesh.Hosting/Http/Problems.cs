using System.Diagnostics;
using Mesh.Contracts;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Mlflow;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.WebUtilities;

namespace Mesh.Hosting.Http;

/// <summary>Turns refusals into RFC 9457 problem documents, the same from every service.</summary>
public static class Problems
{
    /// <summary>The answer of an endpoint for a refusal.</summary>
    public static ProblemHttpResult ToProblem(this Rejection rejection) => TypedResults.Problem(Document(rejection, StatusOf(rejection.Kind), null));

    /// <summary>The answer of an endpoint for a refusal.</summary>
    public static ProblemHttpResult Of(Rejection rejection) => rejection.ToProblem();

    /// <summary>The answer for a body that is out of form, or null if it is in form. Bodies that an endpoint has bound are checked before it runs.</summary>
    public static ProblemHttpResult? Of(IChecked body)
    {
        var faults = new Faults();
        body.Check(faults);
        if (faults.Items.Count == 0) return null;
        var first = faults.Items[0];
        var rejection = Rejection.Malformed("body.invalid", faults.Items.Count == 1 ? $"'{first.Field}' {first.Message}" : $"{faults.Items.Count} fields are wrong; the first: '{first.Field}' {first.Message}");
        return TypedResults.Problem(Document(rejection, StatusCodes.Status400BadRequest, faults.Items));
    }

    /// <summary>The HTTP status of a kind of refusal.</summary>
    public static int StatusOf(RejectionKind kind) => kind switch
    {
        RejectionKind.NotFound => StatusCodes.Status404NotFound,
        RejectionKind.Conflict => StatusCodes.Status409Conflict,
        RejectionKind.VersionMismatch => StatusCodes.Status412PreconditionFailed,
        RejectionKind.Unprocessable => StatusCodes.Status422UnprocessableEntity,
        RejectionKind.Forbidden => StatusCodes.Status403Forbidden,
        RejectionKind.Malformed => StatusCodes.Status400BadRequest,
        RejectionKind.TooLarge => StatusCodes.Status413PayloadTooLarge,
        RejectionKind.Unavailable => StatusCodes.Status503ServiceUnavailable,
        RejectionKind.Unreachable => StatusCodes.Status502BadGateway,
        _ => StatusCodes.Status500InternalServerError,
    };

    /// <summary>Writes a refusal outside an endpoint, such as from middleware; to clients of the MLflow protocol in their own shape.</summary>
    public static Task WriteAsync(HttpContext context, Rejection rejection, int? status = null, IReadOnlyList<FieldFault>? errors = null) =>
        MlflowError.Speaks(context.Request.Path)
            ? MlflowError.WriteAsync(context, rejection, status ?? StatusOf(rejection.Kind))
            : TypedResults.Problem(Document(rejection, status ?? StatusOf(rejection.Kind), errors)).ExecuteAsync(context);

    internal static ProblemDetails Document(Rejection rejection, int status, IReadOnlyList<FieldFault>? errors)
    {
        var problem = new ProblemDetails
        {
            Type = $"urn:mesh:error:{rejection.Code}",
            Title = ReasonPhrases.GetReasonPhrase(status),
            Status = status,
            Detail = rejection.Detail,
        };
        problem.Extensions["code"] = rejection.Code;
        errors ??= rejection.Field is { } field ? [new FieldFault(field, rejection.Detail)] : null;
        if (errors is not null) problem.Extensions["errors"] = errors;
        if (Activity.Current is { } activity) problem.Extensions["traceId"] = activity.TraceId.ToHexString();
        return problem;
    }
}
