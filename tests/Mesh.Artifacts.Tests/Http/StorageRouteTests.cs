using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;

namespace Mesh.Artifacts.Tests.Http;

public sealed class StorageRouteTests(ArtifactsHost host)
{
    private readonly TestProject _project = host.NewProject();

    [Fact]
    public async Task A_project_has_no_more_bytes_than_its_quota()
    {
        await SetAsync(1500);
        var first = RandomNumberGenerator.GetBytes(1000);
        await _project.PutBlob(first);
        var second = RandomNumberGenerator.GetBytes(501);
        var problem = await TestProject.Refused(await PutAsync(second), HttpStatusCode.RequestEntityTooLarge, "blob.over-quota");
        problem.Detail!.ShouldContain("1000");
        problem.Detail!.ShouldContain("1500");
        // Its length is not known before its end.
        await TestProject.Refused(
            await _project.Ada.PutAsync($"{_project.Root}/artifacts/k/content", new ChunkedContent(second)), HttpStatusCode.RequestEntityTooLarge, "blob.over-quota");
        File.Exists(host.FileOf(TestProject.DigestOf(second))).ShouldBeFalse();
        await TestProject.Refused(
            await _project.Post("/blobs/uploads", new BeginUpload(TestProject.DigestOf(second), 501)), HttpStatusCode.RequestEntityTooLarge, "blob.over-quota");

        // What is there already costs nothing.
        (await PutAsync(first)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await PutAsync(second[..500])).StatusCode.ShouldBe(HttpStatusCode.Created);
        (await _project.Get<ProjectStorageInfo>("/storage")).ShouldBe(new ProjectStorageInfo(2, 1500, 0, 1500, true));
        await SetAsync(null);
        (await PutAsync(second)).StatusCode.ShouldBe(HttpStatusCode.Created);
        (await _project.Get<ProjectStorageInfo>("/storage")).ShouldBe(new ProjectStorageInfo(3, 2001, 0, null, false));
    }

    [Fact]
    public async Task Open_uploads_take_room_that_others_do_not_get()
    {
        await SetAsync(1000);
        var begun = await _project.Post("/blobs/uploads", new BeginUpload(new string('0', 64), 700));
        var upload = await TestProject.Read<BlobUpload>(begun, HttpStatusCode.Created);
        await TestProject.Refused(
            await _project.Post("/blobs/uploads", new BeginUpload(new string('1', 64), 301)), HttpStatusCode.RequestEntityTooLarge, "blob.over-quota");
        (await _project.Get<ProjectStorageInfo>("/storage")).OpenUploadBytes.ShouldBe(700);
        await _project.Send(HttpMethod.Delete, $"/blobs/uploads/{upload.Id}");
        (await _project.Post("/blobs/uploads", new BeginUpload(new string('1', 64), 301))).StatusCode.ShouldBe(HttpStatusCode.Created);
    }

    [Fact]
    public async Task Uploads_at_once_do_not_pass_the_quota_together()
    {
        await SetAsync(3500);
        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => PutAsync(RandomNumberGenerator.GetBytes(1000))));
        answers.Count(answer => answer.StatusCode == HttpStatusCode.Created).ShouldBe(3);
        foreach (var answer in answers.Where(answer => !answer.IsSuccessStatusCode)) await TestProject.Refused(answer, HttpStatusCode.RequestEntityTooLarge, "blob.over-quota");
        var storage = await _project.Get<ProjectStorageInfo>("/storage");
        (storage.Blobs, storage.UsedBytes).ShouldBe((3, 3000));
    }

    [Fact]
    public async Task Owners_do_not_set_their_own_quota() => await TestProject.Refused(
        await host.Host.ClientFor("olga", Role.Owner, _project.Name).PutAsync($"{_project.Root}/storage", JsonContent.Create(new SetProjectStorage(1), options: MeshJson.Strict)),
        HttpStatusCode.Forbidden, "access.platform-admin");

    private async Task SetAsync(long? quota)
    {
        var root = host.Host.ClientForAdmin();
        (await TestProject.Read<ProjectStorageInfo>(await root.PutAsync($"{_project.Root}/storage", JsonContent.Create(new SetProjectStorage(quota), options: MeshJson.Strict)))).QuotaBytes.ShouldBe(quota);
    }

    private Task<HttpResponseMessage> PutAsync(byte[] bytes) => _project.Send(HttpMethod.Put, $"/blobs/{TestProject.DigestOf(bytes)}", new ByteArrayContent(bytes));

    private sealed class ChunkedContent(byte[] bytes) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => stream.WriteAsync(bytes).AsTask();

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
