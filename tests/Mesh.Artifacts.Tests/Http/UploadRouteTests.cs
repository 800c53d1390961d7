using System.Net;
using System.Security.Cryptography;
using Mesh.Artifacts.Uploads;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Testing;

namespace Mesh.Artifacts.Tests.Http;

public sealed class UploadRouteTests(ArtifactsHost host)
{
    private const int PartSize = 256 * 1024;
    private readonly TestProject _project = host.NewProject();

    [Fact]
    public async Task Parts_in_any_order_and_at_once_make_the_blob()
    {
        var bytes = RandomNumberGenerator.GetBytes(5 * PartSize + 17);
        var upload = await BeginAsync(bytes);
        (upload.PartSize, upload.Parts, upload.CompletedAt).ShouldBe((PartSize, 6, null));

        await Task.WhenAll(Enumerable.Range(1, 6).Reverse().Select(number => PutAsync(upload, bytes, number)));
        (await _project.Get<BlobUpload>($"/blobs/uploads/{upload.Id}")).Received!.Select(part => (part.Number, part.Size)).ShouldBe(
            [(1, PartSize), (2, PartSize), (3, PartSize), (4, PartSize), (5, PartSize), (6, 17)]);
        (await _project.Get($"/blobs/{upload.Digest}")).StatusCode.ShouldBe(HttpStatusCode.NotFound);

        (await TestProject.Read<BlobInfo>(await CompleteAsync(upload), HttpStatusCode.Created)).ShouldBe(new BlobInfo(upload.Digest, bytes.Length));
        (await (await _project.Get($"/blobs/{upload.Digest}")).Content.ReadAsByteArrayAsync()).ShouldBe(bytes);
        Directory.Exists(PartsOf(upload)).ShouldBeFalse();

        (await TestProject.Read<BlobInfo>(await CompleteAsync(upload))).Size.ShouldBe(bytes.Length);
        await TestProject.Refused(await SendAsync(upload, bytes, 1), HttpStatusCode.Conflict, "upload.completed");
        (await _project.Get<Page<BlobUpload>>("/blobs/uploads")).Items.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_was_acknowledged_survives_a_restart()
    {
        var bytes = RandomNumberGenerator.GetBytes(2 * PartSize);
        var postgres = await PostgresFixture.ServerConnectionStringAsync();
        var folder = Directory.CreateTempSubdirectory("mesh-restart-").FullName;
        var first = await ServiceHost.StartAsync(postgres, [new ArtifactsService()], folder: folder);
        var (database, root) = (first.Options.Database, "/api/v1/projects/p/blobs/uploads");
        BlobUpload upload;
        await using (first)
        {
            var ada = first.ClientFor("ada", Role.Editor, "p");
            upload = await TestProject.Read<BlobUpload>(
                await ada.PostAsync(root, System.Net.Http.Json.JsonContent.Create(new BeginUpload(TestProject.DigestOf(bytes), bytes.Length, PartSize), options: MeshJson.Strict)), HttpStatusCode.Created);
            (await ada.PutAsync($"{root}/{upload.Id}/parts/2?digest={TestProject.DigestOf(bytes[PartSize..])}", new ByteArrayContent(bytes[PartSize..]))).StatusCode.ShouldBe(HttpStatusCode.OK);
        }

        await using (var second = await ServiceHost.StartAsync(postgres, [new ArtifactsService()], database, folder))
        {
            var ada = second.ClientFor("ada", Role.Editor, "p");
            (await TestProject.Read<BlobUpload>(await ada.GetAsync($"{root}/{upload.Id}"))).Received!.Select(part => part.Number).ShouldBe([2]);
            (await ada.PutAsync($"{root}/{upload.Id}/parts/1?digest={TestProject.DigestOf(bytes[..PartSize])}", new ByteArrayContent(bytes[..PartSize]))).StatusCode.ShouldBe(HttpStatusCode.OK);
            (await ada.PostAsync($"{root}/{upload.Id}/complete", null)).StatusCode.ShouldBe(HttpStatusCode.Created);
            (await ada.GetByteArrayAsync($"/api/v1/projects/p/blobs/{upload.Digest}")).ShouldBe(bytes);
        }

        await ServiceHost.DropAsync(postgres, database!);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Missing_parts_are_named_and_can_be_sent()
    {
        var bytes = RandomNumberGenerator.GetBytes(3 * PartSize);
        var upload = await BeginAsync(bytes);
        await PutAsync(upload, bytes, 2);
        var problem = await TestProject.Refused(await CompleteAsync(upload), HttpStatusCode.Conflict, "upload.incomplete");
        problem.Detail!.ShouldContain("1, 3");
        await PutAsync(upload, bytes, 1);
        await PutAsync(upload, bytes, 3);
        (await CompleteAsync(upload)).StatusCode.ShouldBe(HttpStatusCode.Created);
    }

    [Fact]
    public async Task A_whole_that_does_not_match_is_refused_until_the_wrong_part_is_replaced()
    {
        var bytes = RandomNumberGenerator.GetBytes(2 * PartSize);
        var upload = await BeginAsync(bytes);
        await PutAsync(upload, RandomNumberGenerator.GetBytes(2 * PartSize), 1);
        await PutAsync(upload, bytes, 2);
        await TestProject.Refused(await CompleteAsync(upload), HttpStatusCode.UnprocessableEntity, "blob.hash-mismatch");
        (await _project.Get($"/blobs/{upload.Digest}")).StatusCode.ShouldBe(HttpStatusCode.NotFound);

        await PutAsync(upload, bytes, 1);
        Directory.GetFiles(PartsOf(upload)).Length.ShouldBe(2);
        (await CompleteAsync(upload)).StatusCode.ShouldBe(HttpStatusCode.Created);
    }

    [Fact]
    public async Task Parts_out_of_form_are_refused_and_leave_nothing()
    {
        var bytes = RandomNumberGenerator.GetBytes(2 * PartSize);
        var upload = await BeginAsync(bytes);
        var good = TestProject.DigestOf(bytes[..PartSize]);
        Task<HttpResponseMessage> Put(string path, byte[] content) => _project.Send(HttpMethod.Put, $"/blobs/uploads/{path}", new ByteArrayContent(content));

        await TestProject.Refused(await Put($"{upload.Id}/parts/1", bytes[..PartSize]), HttpStatusCode.BadRequest, "upload.part-digest-missing");
        await TestProject.Refused(await Put($"{upload.Id}/parts/1?digest=abc", bytes[..PartSize]), HttpStatusCode.BadRequest, "blob.digest-malformed");
        await TestProject.Refused(await Put($"{upload.Id}/parts/1?digest={good}", bytes[PartSize..]), HttpStatusCode.UnprocessableEntity, "upload.part-hash-mismatch");
        await TestProject.Refused(await Put($"{upload.Id}/parts/1?digest={good}", bytes[..100]), HttpStatusCode.UnprocessableEntity, "upload.part-size-mismatch");
        await TestProject.Refused(await Put($"{upload.Id}/parts/1?digest={good}", bytes), HttpStatusCode.UnprocessableEntity, "upload.part-size-mismatch");
        await TestProject.Refused(await Put($"{upload.Id}/parts/0?digest={good}", bytes[..PartSize]), HttpStatusCode.UnprocessableEntity, "upload.part-unknown");
        await TestProject.Refused(await Put($"{upload.Id}/parts/3?digest={good}", bytes[..PartSize]), HttpStatusCode.UnprocessableEntity, "upload.part-unknown");
        await TestProject.Refused(await Put($"{Guid.NewGuid()}/parts/1?digest={good}", bytes[..PartSize]), HttpStatusCode.NotFound, "upload.unknown");
        (await _project.Get<BlobUpload>($"/blobs/uploads/{upload.Id}")).Received.ShouldBeEmpty();
        Directory.Exists(PartsOf(upload)).ShouldBeFalse();
    }

    [Theory]
    [InlineData("00", 1, null)]
    [InlineData(null, 0, null)]
    [InlineData(null, 10, 1L)]
    [InlineData(null, 10, (1L << 30) + 1)]
    [InlineData(null, 1L << 50, 256L << 10)]
    public async Task Beginnings_out_of_form_are_refused(string? digest, long size, long? partSize) =>
        (await _project.Post("/blobs/uploads", new BeginUpload(digest ?? new string('0', 64), size, partSize))).StatusCode.ShouldBe(HttpStatusCode.BadRequest);

    [Fact]
    public async Task Larger_than_a_blob_may_be_is_refused_at_the_beginning() => await TestProject.Refused(
        await _project.Post("/blobs/uploads", new BeginUpload(new string('0', 64), ArtifactsHost.MaxBlobBytes + 1)), HttpStatusCode.RequestEntityTooLarge, "blob.too-large");

    [Fact]
    public async Task Another_project_does_not_see_an_upload()
    {
        var bytes = RandomNumberGenerator.GetBytes(PartSize);
        var upload = await BeginAsync(bytes);
        var other = host.NewProject();
        var path = $"/blobs/uploads/{upload.Id}";
        await TestProject.Refused(await other.Get(path), HttpStatusCode.NotFound, "upload.unknown");
        await TestProject.Refused(await other.Send(HttpMethod.Post, $"{path}/complete"), HttpStatusCode.NotFound, "upload.unknown");
        await TestProject.Refused(await other.Send(HttpMethod.Delete, path), HttpStatusCode.NotFound, "upload.unknown");
        await TestProject.Refused(
            await other.Send(HttpMethod.Put, $"{path}/parts/1?digest={upload.Digest}", new ByteArrayContent(bytes)), HttpStatusCode.NotFound, "upload.unknown");
        (await other.Get<Page<BlobUpload>>("/blobs/uploads")).Items.ShouldBeEmpty();
        await TestProject.Refused(await _project.Viewer.PostAsync($"{_project.Root}{path}/complete", null), HttpStatusCode.Forbidden, "access.role");
    }

    [Fact]
    public async Task Completes_at_once_make_one_blob()
    {
        var bytes = RandomNumberGenerator.GetBytes(8 * PartSize);
        var upload = await BeginAsync(bytes);
        for (var number = 1; number <= 8; number++) await PutAsync(upload, bytes, number);
        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => CompleteAsync(upload)));
        answers.Count(answer => answer.StatusCode == HttpStatusCode.Created).ShouldBe(1);
        foreach (var answer in answers.Where(answer => !answer.IsSuccessStatusCode)) await TestProject.Refused(answer, HttpStatusCode.Conflict, "upload.busy");
        (await (await _project.Get($"/blobs/{upload.Digest}")).Content.ReadAsByteArrayAsync()).ShouldBe(bytes);
    }

    [Fact]
    public async Task A_part_sent_by_many_at_once_is_there_once()
    {
        var bytes = RandomNumberGenerator.GetBytes(PartSize + 1);
        var upload = await BeginAsync(bytes);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => PutAsync(upload, bytes, 1)));
        await PutAsync(upload, bytes, 2);
        Directory.GetFiles(PartsOf(upload)).Length.ShouldBe(2);
        (await CompleteAsync(upload)).StatusCode.ShouldBe(HttpStatusCode.Created);
    }

    [Fact]
    public async Task Open_uploads_are_listed_page_by_page()
    {
        var bytes = RandomNumberGenerator.GetBytes(100);
        var mine = new[] { await BeginAsync(bytes), await BeginAsync(bytes), await BeginAsync([1]) };
        var page = await _project.Get<Page<BlobUpload>>("/blobs/uploads?limit=2");
        page.Items.Select(upload => upload.Id).ShouldBe([mine[0].Id, mine[1].Id]);
        (await _project.Get<Page<BlobUpload>>($"/blobs/uploads?limit=2&cursor={page.Next}")).Items.Select(upload => upload.Id).ShouldBe([mine[2].Id]);
        (await _project.Get<Page<BlobUpload>>($"/blobs/uploads?digest={mine[2].Digest}")).Items.Select(upload => upload.Id).ShouldBe([mine[2].Id]);
    }

    [Fact]
    public async Task An_upload_that_is_given_up_or_expired_goes_with_its_parts()
    {
        var bytes = RandomNumberGenerator.GetBytes(PartSize);
        var (given, expired, open) = (await BeginAsync(bytes), await BeginAsync(bytes), await BeginAsync(bytes));
        foreach (var upload in new[] { given, expired, open }) await PutAsync(upload, bytes, 1);
        (await _project.Send(HttpMethod.Delete, $"/blobs/uploads/{given.Id}")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        Directory.Exists(PartsOf(given)).ShouldBeFalse();
        await TestProject.Refused(await CompleteAsync(given), HttpStatusCode.NotFound, "upload.unknown");

        await host.ExecuteAsync($"update upload set expires_at = now() where id = '{expired.Id}'");
        await TestProject.Refused(await CompleteAsync(expired), HttpStatusCode.NotFound, "upload.unknown");
        var orphan = Path.Combine(host.Blobs, "parts", Guid.NewGuid().ToString("N"));
        Directory.CreateDirectory(orphan);
        await host.Host.Service<PartedUploads>().SweepAsync(default);
        (Directory.Exists(PartsOf(expired)), Directory.Exists(orphan), Directory.Exists(PartsOf(open))).ShouldBe((false, false, true));
        (await CompleteAsync(open)).StatusCode.ShouldBe(HttpStatusCode.Created);
    }

    private async Task<BlobUpload> BeginAsync(byte[] bytes) => await TestProject.Read<BlobUpload>(
        await _project.Post("/blobs/uploads", new BeginUpload(TestProject.DigestOf(bytes), bytes.Length, PartSize)), HttpStatusCode.Created);

    private async Task PutAsync(BlobUpload upload, byte[] bytes, int number) =>
        (await TestProject.Read<UploadPart>(await SendAsync(upload, bytes, number))).Number.ShouldBe(number);

    private Task<HttpResponseMessage> SendAsync(BlobUpload upload, byte[] bytes, int number)
    {
        var part = bytes[((number - 1) * PartSize)..Math.Min(number * PartSize, bytes.Length)];
        return _project.Send(HttpMethod.Put, $"/blobs/uploads/{upload.Id}/parts/{number}", new ByteArrayContent(part) { Headers = { { "Mesh-Sha256", TestProject.DigestOf(part) } } });
    }

    private Task<HttpResponseMessage> CompleteAsync(BlobUpload upload) => _project.Send(HttpMethod.Post, $"/blobs/uploads/{upload.Id}/complete");

    private string PartsOf(BlobUpload upload) => Path.Combine(host.Blobs, "parts", upload.Id.ToString("N"));
}
