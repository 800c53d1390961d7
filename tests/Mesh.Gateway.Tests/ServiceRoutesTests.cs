using Mesh.Gateway.Proxy;

namespace Mesh.Gateway.Tests;

/// <summary>Which posted requests only read, so that they are let through to a project at rest.</summary>
public sealed class ServiceRoutesTests
{
    [Theory]
    [InlineData("/api/v1/projects/p/runs/compare", true)]
    [InlineData("/api/v1/projects/p/runs/table", true)]
    [InlineData("/api/v1/projects/p/runs/group", true)]
    [InlineData("/api/v1/projects/p/runs/correlate", true)]
    [InlineData("/api/v1/projects/p/Runs/Compare", true)]
    [InlineData("/mlflow/p/api/2.0/mlflow/runs/search", true)]
    [InlineData("/mlflow/p/api/3.0/mlflow/traces/search", true)]
    [InlineData("/mlflow/p/api/3.0/mlflow/traces", false)]
    [InlineData("/mlflow/p/api/3.0/mlflow/traces/delete-traces", false)]
    [InlineData("/api/v1/projects/p/runs", false)]
    [InlineData("/api/v1/projects/p/runs/purge", false)]
    [InlineData("/api/v1/projects/p/runs/compare/more", false)]
    [InlineData("/api/v1/projects/p/artifacts/compare", false)]
    [InlineData("/api/v1/projects/p/artifacts/runs/compare", false)]
    [InlineData("/api/v1/projects/runs/compare", false)]
    [InlineData("/mlflow/p/api/2.0/mlflow/runs/create", false)]
    [InlineData("/mlflow/p/api/2.0/mlflow/registered-models/get-latest-versions", true)]
    [InlineData("/mlflow/p/api/2.0/mlflow/registered-models/alias", false)]
    public void Questions_only_read(string path, bool reads) => ServiceRoutes.OnlyReads(path).ShouldBe(reads);
}
