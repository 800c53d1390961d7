using System.Net;
using System.Text;
using Mesh.Artifacts.Receipts;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Store;
using Microsoft.Extensions.Hosting;

namespace Mesh.Artifacts.Tests.Http;

public sealed class ReceiptCleanerTests(ArtifactsHost host)
{
    [Fact]
    public async Task Receipts_are_forgotten_after_two_weeks()
    {
        var (old, young) = (host.NewProject(), host.NewProject());
        foreach (var project in (TestProject[])[old, young]) (await VersionAsync(project)).ShouldBe(1);
        await using (var age = host.Host.Service<ServiceDatabase<IArtifactsStore>>().DataSource.CreateCommand(
            "update mt_doc_receipt set mt_last_modified = now() - interval '15 days' where tenant_id = $1"))
        {
            age.Parameters.Add(new() { Value = old.Name });
            await age.ExecuteNonQueryAsync();
        }

        (await host.Host.Service<IEnumerable<IHostedService>>().OfType<ReceiptCleaner>().Single().RunOnceAsync(default)).ShouldBe(1);

        (await VersionAsync(young)).ShouldBe(1);
        (await VersionAsync(old)).ShouldBe(2);
    }

    private static async Task<int> VersionAsync(TestProject project)
    {
        var digest = await project.PutBlob(Encoding.UTF8.GetBytes("content"));
        var answer = await project.Post("/artifacts", new CreateArtifactVersion("a", digest), "key-1");
        return (await TestProject.Read<ArtifactVersion>(answer, HttpStatusCode.Created)).Version;
    }
}
