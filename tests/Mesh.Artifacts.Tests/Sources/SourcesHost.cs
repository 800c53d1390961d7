using Mesh.Artifacts.Blobs.S3;
using Mesh.Artifacts.Tests.Blobs;
using Mesh.Artifacts.Tests.Http;
using Mesh.Hosting.Store;
using Mesh.Testing;

namespace Mesh.Artifacts.Tests.Sources;

/// <summary>The artifacts service where 127.0.0.1, a folder and a bucket may hold sources. A source has at most 4 MiB and 2 seconds here.</summary>
public sealed class SourcesHost(S3Server s3) : IAsyncLifetime
{
    public ServiceHost Host { get; private set; } = null!;

    /// <summary>The folder that may be read.</summary>
    public string Root { get; } = Directory.CreateTempSubdirectory("mesh-sources-").FullName;

    internal S3Options Bucket { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Bucket = await s3.OptionsAsync();
        Host = await ServiceHost.StartAsync(await PostgresFixture.ServerConnectionStringAsync(), [new ArtifactsService()], settings: new Dictionary<string, string?>
        {
            ["Artifacts:SourceHosts:0"] = "127.0.0.1",
            ["Artifacts:SourceRoots:0"] = Root,
            ["Artifacts:SourceBuckets:mesh:Endpoint"] = Bucket.Endpoint,
            ["Artifacts:SourceBuckets:mesh:AccessKey"] = Bucket.AccessKey,
            ["Artifacts:SourceBuckets:mesh:SecretKey"] = Bucket.SecretKey,
            ["Artifacts:SourceBuckets:mesh:Prefix"] = Bucket.Prefix,
            ["Artifacts:MaxSourceBytes"] = $"{4 << 20}",
            ["Artifacts:SourceSeconds"] = "2",
        });
    }

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        await ServiceHost.DropAsync(Host.Options.Postgres, Host.Options.Database!);
        Directory.Delete(Root, recursive: true);
    }

    internal TestProject NewProject()
    {
        var name = $"p-{Guid.CreateVersion7():N}";
        return new TestProject(Host, name);
    }

    internal async Task ExecuteAsync(string sql)
    {
        await using var command = Host.Service<ServiceDatabase<IArtifactsStore>>().DataSource.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
