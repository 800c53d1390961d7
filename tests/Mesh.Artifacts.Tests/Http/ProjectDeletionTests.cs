using System.Net;
using System.Net.Http.Json;
using System.Text;
using Mesh.Artifacts.Blobs;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Contracts.Projects;
using Mesh.Contracts.Events;
using Mesh.Hosting.Bus;
using System.Text.Json;

namespace Mesh.Artifacts.Tests.Http;

public sealed class ProjectDeletionTests(ArtifactsHost host)
{
    [Fact]
    public async Task A_deleted_project_is_purged_and_shared_blobs_stay_for_the_others()
    {
        var (gone, stays) = (host.NewProject(), host.NewProject());
        var shared = Encoding.UTF8.GetBytes($"shared {gone.Name}");
        foreach (var project in (TestProject[])[gone, stays]) await project.PutBlob(shared);
        var own = await gone.PutBlob(Encoding.UTF8.GetBytes(gone.Name));
        await gone.Register("churn", $"weights {gone.Name}");
        await stays.Register("churn", $"weights {stays.Name}");
        var file = $"/mlflow/{gone.Name}/api/2.0/mlflow-artifacts/artifacts/0/run/a.txt";
        (await gone.Ada.PutAsync(file, new ByteArrayContent(shared))).EnsureSuccessStatusCode();
        (await UsageOf(gone)).Counts.ShouldBe(new Dictionary<string, long> { ["artifacts"] = 1, ["models"] = 1, ["blobs"] = 3, ["files"] = 1 }, ignoreOrder: true);

        var deleted = Deleted(gone.Name);
        await host.Host.Service<IEventBus>().PublishAsync([deleted], default);
        await host.Host.Service<IEventBus>().PublishAsync([deleted], default);

        (await UsageOf(gone)).IsEmpty().ShouldBeTrue();
        (await gone.Get("/models/churn")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await gone.Get($"/blobs/{own}")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await gone.Get<Page<ArtifactInfo>>("/artifacts")).Items.ShouldBeEmpty();
        File.Exists(host.FileOf(own)).ShouldBeFalse();
        (await gone.Ada.GetAsync(file)).StatusCode.ShouldBe(HttpStatusCode.NotFound);

        (await (await stays.Get($"/blobs/{TestProject.DigestOf(shared)}")).Content.ReadAsByteArrayAsync()).ShouldBe(shared);
        (await stays.Get("/models/churn/versions/1/content")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task What_is_written_behind_the_purge_goes_with_the_next_news_of_the_deletion()
    {
        var project = host.NewProject();
        var deleted = Deleted(project.Name);
        await host.Host.Service<IEventBus>().PublishAsync([deleted], default);
        await project.Register("churn");
        (await UsageOf(project)).IsEmpty().ShouldBeFalse();
        await host.Host.Service<IEventBus>().PublishAsync([deleted with { Id = Guid.CreateVersion7() }], default);
        (await UsageOf(project)).IsEmpty().ShouldBeTrue();
        (await project.Get("/models/churn")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Usage_is_for_services_alone()
    {
        var project = host.NewProject();
        (await project.Ada.GetAsync($"/internal/projects/{project.Name}/usage")).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task What_a_crash_left_is_cleared()
    {
        var project = host.NewProject();
        var digest = await project.PutBlob(Encoding.UTF8.GetBytes(project.Name));
        var leftover = Path.Combine(host.Blobs, "staging", "left-over");
        await File.WriteAllTextAsync(leftover, "half");
        var ledger = host.Host.Service<BlobLedger>();
        await ledger.ForgetAsync(project.Name, default);
        File.Exists(host.FileOf(digest)).ShouldBeTrue();

        await host.Host.Service<IEnumerable<Microsoft.Extensions.Hosting.IHostedService>>().OfType<BlobHousekeeping>().Single().RunOnceAsync(default);

        File.Exists(leftover).ShouldBeFalse();
        File.Exists(host.FileOf(digest)).ShouldBeFalse();
    }

    private async Task<ProjectUsage> UsageOf(TestProject project) =>
        (await host.Host.ClientForService("projects").GetFromJsonAsync<ProjectUsage>($"/internal/projects/{project.Name}/usage", MeshJson.Tolerant))!;

    private static MeshEvent Deleted(string project) => new()
    {
        Id = Guid.CreateVersion7(),
        Source = "/mesh/projects",
        Type = "project.deleted",
        Subject = project,
        Project = project,
        StreamVersion = 2,
        Time = TimeProvider.System.GetUtcNow(),
        Data = JsonSerializer.SerializeToElement(new ProjectDeleted(project, Cascade: true), MeshJson.Strict),
    };
}
