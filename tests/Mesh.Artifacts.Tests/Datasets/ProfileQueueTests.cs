using System.Net;
using Mesh.Artifacts.Datasets;
using Mesh.Artifacts.Tests.Http;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Store;
using Mesh.Testing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Mesh.Artifacts.Tests.Datasets;

/// <summary>Profiles that nobody asked for: made behind the upload, each once, whatever dies.</summary>
public sealed class ProfileQueueTests(ArtifactsHost host)
{
    [Fact]
    public async Task What_is_logged_is_profiled_without_a_reader()
    {
        var project = host.NewProject();
        await project.PutCsv("good", "a,b\n1,2\n");
        await project.PutCsv("bad", "a,b\n1\n");
        await project.PutDataset("noise", [1, 0, 2, 0, 3], "noise.bin");
        await project.PutDataset("file", "a\n1\n"u8.ToArray(), "file.csv", kind: "file");

        await Eventually.Holds(async () => (await StatesAsync(project)).ShouldBe(
            [("bad", DatasetState.Unreadable, null), ("good", DatasetState.Ready, 1), ("noise", DatasetState.New, null)]));
        await Eventually.Holds(async () => (await QueuedAsync(host.Host, project.Name)).ShouldBeEmpty());
    }

    [Fact]
    public async Task A_restart_goes_on_with_what_waits()
    {
        var (postgres, folder) = (await PostgresFixture.ServerConnectionStringAsync(), Directory.CreateTempSubdirectory("mesh-test-").FullName);
        var database = $"test_{Guid.CreateVersion7():N}";
        try
        {
            await using (var first = await ServiceHost.StartAsync(postgres, [new ArtifactsService()], database, folder, configure: WithoutLoop))
            {
                using var ada = first.ClientFor("ada", Role.Editor, "p");
                await PutAsync(ada, "one", "a\n1\n");
                await PutAsync(ada, "two", "a\n1\n2\n");
                await Eventually.Holds(async () => (await QueuedAsync(first, "p")).Count.ShouldBe(2));
                (await ListAsync(ada)).ShouldAllBe(info => info.State == DatasetState.Profiling);
            }

            await using var second = await ServiceHost.StartAsync(postgres, [new ArtifactsService()], database, folder);
            using var again = second.ClientFor("ada", Role.Editor, "p");
            await Eventually.Holds(async () => (await ListAsync(again)).Select(info => (info.State, info.Rows)).ShouldBe([(DatasetState.Ready, 1), (DatasetState.Ready, 2)]));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
            await ServiceHost.DropAsync(postgres, database);
        }
    }

    [Fact]
    public async Task Replicas_take_different_ones_and_each_once()
    {
        await using var alone = await AloneAsync();
        try
        {
            using var ada = alone.ClientFor("ada", Role.Editor, "p");
            for (var i = 0; i < 6; i++) await PutAsync(ada, $"d{i}", $"a\n{i}\n");
            await Eventually.Holds(async () => (await QueuedAsync(alone, "p")).Count.ShouldBe(6));

            var done = await Task.WhenAll(Enumerable.Range(0, 3).Select(async _ =>
            {
                // What a process has for itself: nothing but the database keeps these from doing the same.
                using var own = ActivatorUtilities.CreateInstance<Profiles>(alone.Services);
                var worker = ActivatorUtilities.CreateInstance<ProfileWorker>(alone.Services, own);
                var count = 0;
                while (await worker.RunOnceAsync(default)) count++;
                return count;
            }));

            done.Sum().ShouldBe(6);
            (await ListAsync(ada)).ShouldAllBe(info => info.State == DatasetState.Ready);
        }
        finally
        {
            await ServiceHost.DropAsync(alone.Options.Postgres, alone.Options.Database!);
        }
    }

    [Fact]
    public async Task Who_dies_lets_go_and_tries_are_counted_and_end()
    {
        await using var alone = await AloneAsync();
        try
        {
            using var ada = alone.ClientFor("ada", Role.Editor, "p");
            await PutAsync(ada, "d", "a\n1\n");
            await Eventually.Holds(async () => (await QueuedAsync(alone, "p")).Count.ShouldBe(1));
            var queue = alone.Service<ProfileQueue>();

            for (var tries = 1; tries <= ProfileWorker.MostTries; tries++)
            {
                var held = await Eventually.Answers(() => queue.TakeAsync(default));
                held.Queued.Tries.ShouldBe(tries);
                (await queue.TakeAsync(default)).ShouldBeNull();
                // As the death of the process would: the server sees the connection end.
                await ExecuteAsync(alone, "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and classid = 1685287026 and database = (select oid from pg_database where datname = current_database())");
                await held.DisposeAsync();
            }

            var worker = ActivatorUtilities.CreateInstance<ProfileWorker>(alone.Services);
            await Eventually.Holds(async () => (await worker.RunOnceAsync(default)).ShouldBeTrue());
            (await QueuedAsync(alone, "p")).ShouldBeEmpty();
            (await ListAsync(ada)).Single().State.ShouldBe(DatasetState.New);
            (await TestProject.Read<DatasetVersion>(await ada.GetAsync("/api/v1/projects/p/datasets/d"))).State.ShouldBe(DatasetState.Ready);
        }
        finally
        {
            await ServiceHost.DropAsync(alone.Options.Postgres, alone.Options.Database!);
        }
    }

    [Fact]
    public async Task What_fails_is_put_off_and_what_is_deleted_is_dropped()
    {
        await using var alone = await AloneAsync();
        try
        {
            using var ada = alone.ClientFor("ada", Role.Editor, "p");
            var lost = await PutAsync(ada, "lost", "a\n1\n");
            await PutAsync(ada, "gone", "a\n2\n");
            await Eventually.Holds(async () => (await QueuedAsync(alone, "p")).Count.ShouldBe(2));
            File.Delete(Path.Combine(alone.Options.DataPath, "blobs", lost.Digest[..2], lost.Digest));
            (await ada.DeleteAsync("/api/v1/projects/p/artifacts/gone/versions/1")).StatusCode.ShouldBe(HttpStatusCode.NoContent);

            var worker = ActivatorUtilities.CreateInstance<ProfileWorker>(alone.Services);
            while (await worker.RunOnceAsync(default))
            {
            }

            (await QueuedAsync(alone, "p")).ShouldBe([("lost", 1)]);
            (await ListAsync(ada)).Single().State.ShouldBe(DatasetState.Profiling);
        }
        finally
        {
            await ServiceHost.DropAsync(alone.Options.Postgres, alone.Options.Database!);
        }
    }

    private static async Task<ServiceHost> AloneAsync() => await ServiceHost.StartAsync(await PostgresFixture.ServerConnectionStringAsync(), [new ArtifactsService()], configure: WithoutLoop);

    private static void WithoutLoop(IServiceCollection services) => services.Remove(services.Single(service => service.ImplementationType == typeof(ProfileLoop)));

    private static async Task<ArtifactVersion> PutAsync(HttpClient client, string key, string content)
    {
        using var body = new StringContent(content, System.Text.Encoding.UTF8, "text/csv");
        return await TestProject.Read<ArtifactVersion>(await client.PutAsync($"/api/v1/projects/p/artifacts/{key}/content?kind=dataset", body), HttpStatusCode.Created);
    }

    private static async Task<IReadOnlyList<DatasetInfo>> ListAsync(HttpClient client) => (await TestProject.Read<Page<DatasetInfo>>(await client.GetAsync("/api/v1/projects/p/datasets"))).Items;

    private static async Task<List<(string, DatasetState, long?)>> StatesAsync(TestProject project) =>
        [.. (await project.Get<Page<DatasetInfo>>("/datasets")).Items.Select(info => (info.Key, info.State, info.Rows))];

    private static async Task<List<(string Key, int Tries)>> QueuedAsync(ServiceHost host, string project)
    {
        await using var command = host.Service<ServiceDatabase<IArtifactsStore>>().DataSource.CreateCommand("select key, tries from dataset_profile_queue where project = $1 order by key");
        command.Parameters.Add(new NpgsqlParameter { Value = project });
        var queued = new List<(string, int)>();
        await using var rows = await command.ExecuteReaderAsync();
        while (await rows.ReadAsync()) queued.Add((rows.GetString(0), rows.GetInt32(1)));
        return queued;
    }

    private static async Task ExecuteAsync(ServiceHost host, string sql)
    {
        await using var command = host.Service<ServiceDatabase<IArtifactsStore>>().DataSource.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
