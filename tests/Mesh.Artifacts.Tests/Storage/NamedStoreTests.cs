using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using Mesh.Artifacts.Blobs;
using Mesh.Artifacts.Tests.Blobs;
using Mesh.Artifacts.Tests.Http;
using Mesh.Artifacts.Uploads;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Store;
using Mesh.Testing;

namespace Mesh.Artifacts.Tests.Storage;

/// <summary>The artifacts service with a second folder and a bucket that projects may be given.</summary>
public sealed class NamedStoresHost(S3Server s3) : IAsyncLifetime
{
    public ServiceHost Host { get; private set; } = null!;

    public string Folder { get; } = Directory.CreateTempSubdirectory("mesh-disk-").FullName;

    public async ValueTask InitializeAsync()
    {
        var bucket = await s3.OptionsAsync();
        Host = await ServiceHost.StartAsync(await PostgresFixture.ServerConnectionStringAsync(), [new ArtifactsService()], settings: new Dictionary<string, string?>
        {
            ["Artifacts:Stores:disk:Folder"] = Folder,
            ["Artifacts:Stores:cloud:S3:Endpoint"] = bucket.Endpoint,
            ["Artifacts:Stores:cloud:S3:Bucket"] = bucket.Bucket,
            ["Artifacts:Stores:cloud:S3:Prefix"] = bucket.Prefix,
            ["Artifacts:Stores:cloud:S3:AccessKey"] = bucket.AccessKey,
            ["Artifacts:Stores:cloud:S3:SecretKey"] = bucket.SecretKey,
        });
    }

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        await ServiceHost.DropAsync(Host.Options.Postgres, Host.Options.Database!);
        Directory.Delete(Folder, recursive: true);
    }

    internal async Task<TestProject> NewProjectAsync(string? store = null, string? prefix = null)
    {
        var project = new TestProject(Host, $"p-{Guid.CreateVersion7():N}");
        if (store is not null) (await SetAsync(project, new SetProjectStorage(null, store, prefix))).StatusCode.ShouldBe(HttpStatusCode.OK);
        return project;
    }

    internal Task<HttpResponseMessage> SetAsync(TestProject project, SetProjectStorage body) =>
        Host.ClientForAdmin().PutAsync($"{project.Root}/storage", JsonContent.Create(body, options: MeshJson.Strict));

    internal async Task<int> ExecuteAsync(string sql)
    {
        await using var command = Host.Service<ServiceDatabase<IArtifactsStore>>().DataSource.CreateCommand(sql);
        return await command.ExecuteNonQueryAsync();
    }

    internal string InDefault(string digest) => Path.Combine(Host.Options.DataPath, "blobs", digest[..2], digest);

    internal string InFolder(string digest, string prefix = "") => Path.Combine(Folder, prefix, digest[..2], digest);

    internal async Task<bool> IsInAsync(string place, string digest)
    {
        await using var content = await Host.Service<BlobStores>().At(place).OpenAsync(digest, default);
        return content is not null;
    }
}

public sealed class NamedStoreTests(NamedStoresHost host) : IClassFixture<NamedStoresHost>
{
    [Fact]
    public async Task New_blobs_go_where_the_project_was_told_and_old_ones_stay()
    {
        var project = await host.NewProjectAsync();
        var old = await project.PutBlob(RandomNumberGenerator.GetBytes(100));
        File.Exists(host.InDefault(old)).ShouldBeTrue();
        var set = await TestProject.Read<ProjectStorageInfo>(await host.SetAsync(project, new SetProjectStorage(5000, "disk", "teams/red")));
        (set.Store, set.Prefix, set.QuotaBytes, set.UsedBytes).ShouldBe(("disk", "teams/red", 5000, 100));

        var bytes = RandomNumberGenerator.GetBytes(1000);
        var digest = await project.PutBlob(bytes);
        (File.Exists(host.InFolder(digest, "teams/red")), File.Exists(host.InDefault(digest))).ShouldBe((true, false));
        (await project.Ada.GetByteArrayAsync($"{project.Root}/blobs/{digest}")).ShouldBe(bytes);
        (await project.Get($"/blobs/{old}")).StatusCode.ShouldBe(HttpStatusCode.OK);

        // A quota alone leaves the store as it is.
        (await TestProject.Read<ProjectStorageInfo>(await host.SetAsync(project, new SetProjectStorage(6000)))).Store.ShouldBe("disk");
        (await TestProject.Read<ProjectStorageInfo>(await host.SetAsync(project, new SetProjectStorage(6000, "default")))).ShouldBe(new ProjectStorageInfo(2, 1100, 0, 6000, true));
        File.Exists(host.InDefault(await project.PutBlob(RandomNumberGenerator.GetBytes(10)))).ShouldBeTrue();
    }

    [Fact]
    public async Task A_bucket_holds_blobs_with_its_prefix_and_gives_out_addresses()
    {
        var project = await host.NewProjectAsync("cloud", "red");
        var bytes = RandomNumberGenerator.GetBytes(1000);
        var digest = await project.PutBlob(bytes);
        (await host.IsInAsync("cloud/red", digest), await host.IsInAsync("cloud", digest), File.Exists(host.InDefault(digest))).ShouldBe((true, false, false));
        using var http = new HttpClient();
        (await http.GetByteArrayAsync((await project.Get<BlobLocation>($"/blobs/{digest}/location")).Address)).ShouldBe(bytes);
        var local = await host.NewProjectAsync("disk");
        await TestProject.Refused(await local.Get($"/blobs/{await local.PutBlob(RandomNumberGenerator.GetBytes(9))}/location"), HttpStatusCode.Conflict, "blob.no-location");
    }

    [Fact]
    public async Task What_lies_in_another_store_is_found_there_and_goes_with_its_last_project()
    {
        var (first, second) = (await host.NewProjectAsync("cloud"), await host.NewProjectAsync("disk"));
        var bytes = RandomNumberGenerator.GetBytes(1000);
        var digest = await first.PutBlob(bytes);
        await second.PutBlob(bytes);
        File.Exists(host.InFolder(digest)).ShouldBeFalse();
        (await second.Get<ProjectStorageInfo>("/storage")).UsedBytes.ShouldBe(1000);
        await CollectAsync(first);
        (await second.Ada.GetByteArrayAsync($"{second.Root}/blobs/{digest}")).ShouldBe(bytes);
        await CollectAsync(second);
        (await host.IsInAsync("cloud", digest)).ShouldBeFalse();
        // From then on it is new again.
        await second.PutBlob(bytes);
        File.Exists(host.InFolder(digest)).ShouldBeTrue();
    }

    [Fact]
    public async Task What_was_announced_for_another_store_and_never_came_is_kept_where_it_comes()
    {
        var project = await host.NewProjectAsync("disk");
        var bytes = RandomNumberGenerator.GetBytes(1000);
        var digest = TestProject.DigestOf(bytes);
        await host.ExecuteAsync($"insert into blobs (digest, size, store) values ('{digest}', 1000, 'cloud')");
        await project.PutBlob(bytes);
        (File.Exists(host.InFolder(digest)), await host.IsInAsync("cloud", digest)).ShouldBe((true, false));
        (await project.Ada.GetByteArrayAsync($"{project.Root}/blobs/{digest}")).ShouldBe(bytes);
    }

    [Fact]
    public async Task Damage_is_found_in_every_store_and_healed_into_the_one_of_the_sender()
    {
        var (first, second) = (await host.NewProjectAsync("disk"), await host.NewProjectAsync("cloud"));
        var bytes = RandomNumberGenerator.GetBytes(1000);
        var digest = await first.PutBlob(bytes);
        await File.WriteAllBytesAsync(host.InFolder(digest), new byte[1000]);
        await host.ExecuteAsync($"update blobs set scrubbed_at = now() - interval '90 days' where digest = '{digest}'");
        (await host.Host.Service<BlobScrub>().RunAsync(TimeSpan.FromDays(60), 100, default))!.Damaged.ShouldBe([digest]);
        await TestProject.Refused(await first.Get($"/blobs/{digest}"), HttpStatusCode.Conflict, "blob.damaged");

        await second.PutBlob(bytes);
        (File.Exists(host.InFolder(digest)), await host.IsInAsync("cloud", digest)).ShouldBe((false, true));
        (await first.Ada.GetByteArrayAsync($"{first.Root}/blobs/{digest}")).ShouldBe(bytes);
        await host.ExecuteAsync($"update blobs set scrubbed_at = now() - interval '90 days' where digest = '{digest}'");
        (await host.Host.Service<BlobScrub>().RunAsync(TimeSpan.FromDays(60), 100, default))!.Damaged.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_upload_in_parts_goes_on_when_the_project_is_given_another_store()
    {
        var project = await host.NewProjectAsync("disk");
        var bytes = RandomNumberGenerator.GetBytes(600 << 10);
        var upload = await TestProject.Read<BlobUpload>(await project.Post("/blobs/uploads", new BeginUpload(TestProject.DigestOf(bytes), bytes.Length, 256 << 10)), HttpStatusCode.Created);
        await PartAsync(1);
        Directory.GetFiles(Path.Combine(host.Folder, "parts", upload.Id.ToString("N"))).Length.ShouldBe(1);
        await host.SetAsync(project, new SetProjectStorage(null, "cloud"));
        // One is sent again, the last is new: both go to the other store.
        foreach (var number in new[] { 1, 2, 3 }) await PartAsync(number);
        await host.Host.Service<PartedUploads>().SweepAsync(default);
        (await project.Post("/blobs/uploads/" + upload.Id + "/complete", new { })).StatusCode.ShouldBe(HttpStatusCode.Created);
        (await project.Ada.GetByteArrayAsync($"{project.Root}/blobs/{TestProject.DigestOf(bytes)}")).ShouldBe(bytes);
        (await host.IsInAsync("cloud", TestProject.DigestOf(bytes))).ShouldBeTrue();
        Directory.Exists(Path.Combine(host.Folder, "parts", upload.Id.ToString("N"))).ShouldBeFalse();
        (await host.Host.Service<BlobStores>().At("cloud").UploadsAsync(default)).ShouldNotContain(upload.Id);

        async Task PartAsync(int number)
        {
            var part = bytes.Skip((number - 1) * (256 << 10)).Take(256 << 10).ToArray();
            (await project.Send(HttpMethod.Put, $"/blobs/uploads/{upload.Id}/parts/{number}?digest={TestProject.DigestOf(part)}", new ByteArrayContent(part))).StatusCode.ShouldBe(HttpStatusCode.OK);
        }
    }

    [Fact]
    public async Task Leftovers_are_swept_in_every_place()
    {
        await host.NewProjectAsync("disk", "sweep");
        var folder = Path.Combine(host.Folder, "sweep");
        var unknown = Guid.CreateVersion7();
        _ = host.Host.Service<BlobStores>().At("disk/sweep");
        await File.WriteAllTextAsync(Path.Combine(folder, "staging", "left"), "x");
        Directory.CreateDirectory(Path.Combine(folder, "parts", unknown.ToString("N")));
        await host.Host.Service<IEnumerable<Microsoft.Extensions.Hosting.IHostedService>>().OfType<BlobHousekeeping>().Single().RunOnceAsync(default);
        (File.Exists(Path.Combine(folder, "staging", "left")), Directory.Exists(Path.Combine(folder, "parts", unknown.ToString("N")))).ShouldBe((false, false));
    }

    [Theory]
    [InlineData("nowhere", null, HttpStatusCode.UnprocessableEntity, "storage.store-unknown")]
    [InlineData("disk", "..", HttpStatusCode.BadRequest, "body.invalid")]
    [InlineData("disk", "a//b", HttpStatusCode.BadRequest, "body.invalid")]
    [InlineData("disk", "/a", HttpStatusCode.BadRequest, "body.invalid")]
    [InlineData("disk", "a/staging", HttpStatusCode.BadRequest, "body.invalid")]
    [InlineData("disk", "ab", HttpStatusCode.BadRequest, "body.invalid")]
    [InlineData("default", "x1x", HttpStatusCode.BadRequest, "body.invalid")]
    [InlineData(null, "x1x", HttpStatusCode.BadRequest, "body.invalid")]
    public async Task What_is_no_place_is_refused_and_changes_nothing(string? store, string? prefix, HttpStatusCode status, string code)
    {
        var project = await host.NewProjectAsync();
        await TestProject.Refused(await host.SetAsync(project, new SetProjectStorage(77, store, prefix)), status, code);
        (await project.Get<ProjectStorageInfo>("/storage")).ShouldBe(new ProjectStorageInfo(0, 0, 0, null, false));
    }

    [Fact]
    public async Task A_directory_lies_in_the_store_of_its_project()
    {
        var project = await host.NewProjectAsync("disk");
        var file = await project.PutBlob(RandomNumberGenerator.GetBytes(100));
        var version = await TestProject.Read<ArtifactVersion>(
            await project.Post("/artifacts", new CreateArtifactVersion("d", null, ArtifactKind.Directory, Files: [new NewDirectoryFile("a", file)])), HttpStatusCode.Created);
        (File.Exists(host.InFolder(file)), File.Exists(host.InFolder(version.Digest))).ShouldBe((true, true));
    }

    private async Task CollectAsync(TestProject project)
    {
        await host.ExecuteAsync($"update blob_references set added_at = now() - interval '2 days' where project = '{project.Name}'");
        (await host.Host.Service<BlobCollector>().CollectAsync(project.Name, dryRun: false, default)).Blobs.ShouldBe(1);
    }
}
