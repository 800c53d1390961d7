using Mesh.Hosting.Decisions;
using Mesh.Hosting.Mlflow;

namespace Mesh.Hosting.Tests.Mlflow;

public sealed class MlflowErrorTests
{
    [Theory]
    [InlineData("/api/2.0/mlflow/runs/get", true), InlineData("/ajax-api/2.0/mlflow/runs/get", true), InlineData("/api/2.0/mlflow-artifacts/artifacts/x", true),
        InlineData("/api/3.0/mlflow/traces", true), InlineData("/get-artifact", true), InlineData("/version", true), InlineData("/v1/traces", true), InlineData("/v1/metrics", false), InlineData("/api/v1/projects", false), InlineData("/api/2.0/other", false),
        InlineData("/api/9.0/mlflow/x", false), InlineData("/mlflow/p/api/2.0/mlflow/runs/get", false), InlineData("/", false), InlineData("", false), InlineData("/api/", false), InlineData("/ajax-api/", false)]
    public void The_protocols_addresses_without_a_project_are_known(string path, bool isRoot) => MlflowError.IsRoot(path).ShouldBe(isRoot);

    [Theory]
    [InlineData(RejectionKind.Malformed, "RESOURCE_ALREADY_EXISTS", 400, "RESOURCE_ALREADY_EXISTS", 400)]
    [InlineData(RejectionKind.NotFound, "RESOURCE_DOES_NOT_EXIST", 404, "RESOURCE_DOES_NOT_EXIST", 404)]
    [InlineData(RejectionKind.NotFound, "route.unknown", 404, "ENDPOINT_NOT_FOUND", 404)]
    [InlineData(RejectionKind.NotFound, "project.unknown", 404, "RESOURCE_DOES_NOT_EXIST", 404)]
    [InlineData(RejectionKind.Malformed, "body.malformed", 400, "INVALID_PARAMETER_VALUE", 400)]
    [InlineData(RejectionKind.Unprocessable, "x.y", 422, "INVALID_PARAMETER_VALUE", 400)]
    [InlineData(RejectionKind.TooLarge, "body.too-large", 413, "INVALID_PARAMETER_VALUE", 413)]
    [InlineData(RejectionKind.Conflict, "project.archived", 409, "RESOURCE_CONFLICT", 409)]
    [InlineData(RejectionKind.Forbidden, "access.role", 403, "PERMISSION_DENIED", 403)]
    [InlineData(RejectionKind.Forbidden, "token.missing", 401, "UNAUTHENTICATED", 401)]
    [InlineData(RejectionKind.Unavailable, "rate.exceeded", 429, "REQUEST_LIMIT_EXCEEDED", 429)]
    [InlineData(RejectionKind.Unavailable, "service.unreachable", 503, "TEMPORARILY_UNAVAILABLE", 503)]
    [InlineData(RejectionKind.Unavailable, "service.broke-off", 502, "TEMPORARILY_UNAVAILABLE", 503)]
    [InlineData(RejectionKind.Unavailable, "internal", 500, "INTERNAL_ERROR", 500)]
    public void Every_refusal_has_a_code_of_the_protocol(RejectionKind kind, string code, int status, string expected, int answered) =>
        MlflowError.CodeOf(new Rejection(kind, code, "why"), status).ShouldBe((expected, answered));
}
