using System.Net;
using System.Net.Http.Json;
using Mesh.Artifacts.Datasets;
using Mesh.Artifacts.Tests.Http;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.Artifacts.Tests.Datasets;

/// <summary>Who waits for a profile hears when it is there.</summary>
public sealed class ProfileNewsTests(ArtifactsHost host)
{
    [Fact]
    public async Task Every_version_is_told_of_when_it_was_read_and_the_artifact_is_as_it_was()
    {
        var project = host.NewProject();
        await project.PutCsv("good", "a,b\n1,2\n");
        await project.PutCsv("good", "a,b\n1,2\n");
        await project.PutCsv("bad", "a,b\n1\n");
        (await ToldAsync(host.Host, project.Name, "good", 1)).ShouldBe(new DatasetProfiled("good", 1, 1, 2));
        (await ToldAsync(host.Host, project.Name, "good", 2)).ShouldBe(new DatasetProfiled("good", 2, 1, 2));
        (await ToldAsync(host.Host, project.Name, "bad", 1)).ShouldBe(new DatasetProfiled("bad", 1, Fault: "dataset.unreadable"));
        (await project.Get("/artifacts/good")).Headers.ETag!.Tag.ShouldBe("\"2\"");
    }

    [Fact]
    public async Task A_reader_who_was_told_to_wait_has_the_version_read_and_hears_of_it()
    {
        await using var alone = await ImpatientAsync();
        try
        {
            using var ada = alone.ClientFor("ada", Role.Editor, "p");
            var queue = alone.Service<ProfileQueue>();
            await PutAsync(ada, "d");
            // As one from before there was a queue.
            await Eventually.Holds(async () => (await queue.WaitingAsync("p", [("d", 1)], default)).Count.ShouldBe(1));
            await queue.ForgetAsync("p", default);

            (await ReadAsync(ada, "d")).State.ShouldBe(DatasetState.Profiling);
            (await queue.WaitingAsync("p", [("d", 1)], default)).Count.ShouldBe(1);
            (await ActivatorUtilities.CreateInstance<ProfileWorker>(alone.Services).RunOnceAsync(default)).ShouldBeTrue();
            (await ToldAsync(alone, "p", "d", 1)).ShouldBe(new DatasetProfiled("d", 1, 1, 2));
            (await ReadAsync(ada, "d")).State.ShouldBe(DatasetState.Ready);
        }
        finally
        {
            await ServiceHost.DropAsync(alone.Options.Postgres, alone.Options.Database!);
        }
    }

    [Fact]
    public async Task What_lies_elsewhere_and_what_cannot_be_read_there_is_told_of_too()
    {
        var folder = Directory.CreateTempSubdirectory("mesh-sources-").FullName;
        await using var alone = await ImpatientAsync(("Artifacts:SourceRoots:0", folder));
        try
        {
            using var ada = alone.ClientFor("ada", Role.Editor, "p");
            foreach (var name in (string[])["there", "gone"])
            {
                await File.WriteAllTextAsync(Path.Combine(folder, name), "a,b\n1,2\n");
                var body = new CreateArtifactVersion(name, null, ArtifactKind.Dataset, ContentType: "text/csv", Source: $"file://{folder}/{name}");
                await TestProject.Read<ArtifactVersion>(await ada.PostAsJsonAsync("/api/v1/projects/p/artifacts", body, MeshJson.Strict), HttpStatusCode.Created);
            }

            File.Delete(Path.Combine(folder, "gone"));
            foreach (var name in (string[])["there", "gone"]) (await ReadAsync(ada, name)).State.ShouldBe(DatasetState.Profiling);
            (await ToldAsync(alone, "p", "there", 1)).ShouldBe(new DatasetProfiled("there", 1, 1, 2));
            (await ToldAsync(alone, "p", "gone", 1)).Fault.ShouldBe("source.unreachable");
            (await ReadAsync(ada, "there")).State.ShouldBe(DatasetState.Ready);
        }
        finally
        {
            await ServiceHost.DropAsync(alone.Options.Postgres, alone.Options.Database!);
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<ServiceHost> ImpatientAsync(params IReadOnlyList<(string Key, string Value)> settings) => await ServiceHost.StartAsync(
        await PostgresFixture.ServerConnectionStringAsync(), [new ArtifactsService()],
        settings: settings.Append(("Artifacts:Datasets:PatienceSeconds", "0")).ToDictionary(set => set.Item1, set => (string?)set.Item2),
        configure: services => services.Remove(services.Single(service => service.ImplementationType == typeof(ProfileLoop))));

    private static async Task PutAsync(HttpClient client, string key)
    {
        using var body = new StringContent("a,b\n1,2\n", System.Text.Encoding.UTF8, "text/csv");
        await TestProject.Read<ArtifactVersion>(await client.PutAsync($"/api/v1/projects/p/artifacts/{key}/content?kind=dataset", body), HttpStatusCode.Created);
    }

    private static async Task<DatasetVersion> ReadAsync(HttpClient client, string key) =>
        await TestProject.Read<DatasetVersion>(await client.GetAsync($"/api/v1/projects/p/datasets/{key}/versions/1"));

    private static async Task<DatasetProfiled> ToldAsync(ServiceHost host, string project, string key, int version)
    {
        bool IsIt(Contracts.Events.MeshEvent e) => e.Project == project && e.Type == "dataset.profiled" && e.DataAs<DatasetProfiled>() is var told && told.Key == key && told.Version == version;
        await host.RelayedAsync("dataset.profiled", IsIt);
        return host.Events.First(IsIt).DataAs<DatasetProfiled>();
    }
}
