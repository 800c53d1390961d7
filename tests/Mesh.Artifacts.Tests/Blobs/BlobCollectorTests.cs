using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using Mesh.Artifacts.Blobs;
using Mesh.Artifacts.Tests.Http;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Store;

namespace Mesh.Artifacts.Tests.Blobs;

public sealed class BlobCollectorTests(ArtifactsHost host)
{
    private readonly TestProject _project = host.NewProject();

    private HttpClient Owner => host.Host.ClientFor("olga", Role.Owner, _project.Name);

    private BlobCollector Collector => host.Host.Service<BlobCollector>();

    [Fact]
    public async Task What_nothing_refers_to_goes_once_its_grace_is_over()
    {
        var garbage = await _project.PutBlob(RandomNumberGenerator.GetBytes(1000));
        var young = await _project.PutBlob(RandomNumberGenerator.GetBytes(100));
        var kept = (await _project.Log("kept", content: Guid.NewGuid().ToString())).Digest;
        (await CollectAsync()).Blobs.ShouldBe(0);

        await AgeAsync();
        await _project.Send(HttpMethod.Head, $"/blobs/{young}");
        var dry = await CollectAsync(dryRun: true);
        (dry.DryRun, dry.Blobs, dry.Bytes, dry.GraceSeconds).ShouldBe((true, 1, 1000, 86_400));
        dry.Digests.ShouldBe([garbage]);
        File.Exists(host.FileOf(garbage)).ShouldBeTrue();

        (await CollectAsync()).Digests.ShouldBe([garbage]);
        await TestProject.Refused(await _project.Get($"/blobs/{garbage}"), HttpStatusCode.NotFound, "blob.unknown");
        File.Exists(host.FileOf(garbage)).ShouldBeFalse();
        foreach (var digest in new[] { young, kept }) (await _project.Get($"/blobs/{digest}")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await CollectAsync()).Blobs.ShouldBe(0);
    }

    [Fact]
    public async Task Files_and_models_keep_their_blobs_and_a_deleted_file_gives_its_blob_up()
    {
        var model = await _project.Register("m", Guid.NewGuid().ToString());
        var bytes = RandomNumberGenerator.GetBytes(500);
        (await _project.Ada.PutAsync(FileAt("a/b"), new ByteArrayContent(bytes))).StatusCode.ShouldBe(HttpStatusCode.OK);
        await AgeAsync();
        (await CollectAsync()).Blobs.ShouldBe(0);
        (await _project.Get($"/blobs/{model.Digest}")).StatusCode.ShouldBe(HttpStatusCode.OK);

        await _project.Ada.DeleteAsync(FileAt("a"));
        (await CollectAsync()).Digests.ShouldBe([TestProject.DigestOf(bytes)]);
    }

    [Fact]
    public async Task What_another_project_has_stays_there()
    {
        var bytes = RandomNumberGenerator.GetBytes(500);
        var other = host.NewProject();
        var digest = await _project.PutBlob(bytes);
        await other.PutBlob(bytes);
        await AgeAsync();
        (await CollectAsync()).Digests.ShouldBe([digest]);
        (await (await other.Get($"/blobs/{digest}")).Content.ReadAsByteArrayAsync()).ShouldBe(bytes);
    }

    [Fact]
    public async Task Editors_do_not_collect() =>
        await TestProject.Refused(await _project.Send(HttpMethod.Post, "/blobs/collect"), HttpStatusCode.Forbidden, "access.role");

    [Fact]
    public async Task A_collection_of_everything_takes_every_project()
    {
        var other = host.NewProject();
        var (mine, its) = (await _project.PutBlob(RandomNumberGenerator.GetBytes(10)), await other.PutBlob(RandomNumberGenerator.GetBytes(10)));
        await AgeAsync();
        await AgeAsync(other.Name);
        await Collector.CollectAllAsync(default);
        (File.Exists(host.FileOf(mine)), File.Exists(host.FileOf(its))).ShouldBe((false, false));
    }

    /// <summary>
    /// Uploads, references, deletions and collections in any order at once. At the beginning of each round everything is old: what nothing refers to may go at
    /// any moment of it. Whatever was acknowledged must be there, whole, after each round; in the end exactly that is left.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Nothing_that_is_referred_to_is_ever_collected(int seed)
    {
        var random = new Random(seed);
        var contents = Enumerable.Range(0, 8).Select(_ => RandomNumberGenerator.GetBytes(2000)).ToDictionary(TestProject.DigestOf);
        var digests = contents.Keys.ToArray();
        var ledger = host.Host.Service<BlobLedger>();
        var versions = new ConcurrentBag<string>();
        var files = new ConcurrentDictionary<string, string>();
        var collected = 0L;
        var refused = 0;
        for (var round = 0; round < 12; round++)
        {
            // Some of it is there at the beginning, unreferred to; versions keep more and more, so half the contents are only ever in files and uploads.
            foreach (var digest in digests.Where(_ => random.Next(2) == 0)) await _project.PutBlob(contents[digest]);
            await AgeAsync();
            var fresh = RandomNumberGenerator.GetBytes(2000);
            contents[TestProject.DigestOf(fresh)] = fresh;
            await _project.PutBlob(fresh);
            await AgeAsync();
            var works = new List<Func<Task>>();
            for (var i = 0; i < 3; i++) works.Add(async () => Interlocked.Add(ref collected, (await Collector.CollectAsync(_project.Name, dryRun: false, default)).Blobs));
            for (var i = 0; i < 12; i++)
            {
                var (digest, path) = (digests[random.Next(4, digests.Length)], $"{round}/{i}");
                works.Add(random.Next(4) switch
                {
                    0 => () => CreateAsync(TestProject.DigestOf(fresh), $"k{path.Replace('/', '-')}"),
                    1 => () => _project.PutBlob(contents[digest]),
                    2 => () => PutFileAsync(path, digest),
                    _ => DeleteFileAsync,
                });
            }

            await Task.WhenAll(works.OrderBy(_ => random.Next()).Select(work => Task.Run(work)));
            foreach (var digest in versions.Concat(files.Values).Distinct())
            {
                await using var stream = await ledger.OpenAsync(_project.Name, digest, default) ?? throw new InvalidOperationException($"Round {round}: {digest} is gone.");
                using var read = new MemoryStream();
                await stream.CopyToAsync(read);
                read.ToArray().ShouldBe(contents[digest]);
            }
        }

        collected.ShouldBeGreaterThan(0);
        versions.ShouldNotBeEmpty();
        await AgeAsync();
        await Collector.CollectAsync(_project.Name, dryRun: false, default);
        (await ReferencesAsync()).ShouldBe(versions.Concat(files.Values).Distinct().Order(StringComparer.Ordinal));
        (await _project.Get<ProjectStorageInfo>("/storage")).UsedBytes.ShouldBe(2000L * versions.Concat(files.Values).Distinct().Count());
        TestContext.Current.TestOutputHelper?.WriteLine($"{collected} collected, {versions.Count} versions, {refused} refused");

        async Task PutFileAsync(string path, string digest)
        {
            (await _project.Ada.PutAsync(FileAt(path), new ByteArrayContent(contents[digest]))).StatusCode.ShouldBe(HttpStatusCode.OK);
            files[path] = digest;
        }

        async Task DeleteFileAsync()
        {
            if (files.Keys.FirstOrDefault() is not { } old || !files.TryRemove(old, out _)) return;
            (await _project.Ada.DeleteAsync(FileAt(old))).StatusCode.ShouldBe(HttpStatusCode.OK);
        }

        async Task CreateAsync(string digest, string key)
        {
            var answer = await _project.Post("/artifacts", new CreateArtifactVersion(key, digest));
            if (answer.StatusCode == HttpStatusCode.Created)
            {
                versions.Add(digest);
                return;
            }

            // The collection was faster: the caller is told to upload it again.
            await TestProject.Refused(answer, HttpStatusCode.UnprocessableEntity, "blob.unknown");
            Interlocked.Increment(ref refused);
        }
    }

    private string FileAt(string path) => $"/mlflow/{_project.Name}/api/2.0/mlflow-artifacts/artifacts/{path}";

    private Task AgeAsync(string? project = null) =>
        host.ExecuteAsync($"update blob_references set added_at = now() - interval '25 hours' where project = '{project ?? _project.Name}'");

    private async Task<BlobCollection> CollectAsync(bool dryRun = false) =>
        await TestProject.Read<BlobCollection>(await Owner.PostAsync($"{_project.Root}/blobs/collect?dryRun={(dryRun ? "true" : "false")}", null));

    private async Task<List<string>> ReferencesAsync()
    {
        await using var command = host.Host.Service<ServiceDatabase<IArtifactsStore>>().DataSource.CreateCommand(
            $"select digest from blob_references where project = '{_project.Name}' order by digest collate \"C\"");
        await using var rows = await command.ExecuteReaderAsync();
        var digests = new List<string>();
        while (await rows.ReadAsync()) digests.Add(rows.GetString(0));
        return digests;
    }
}
