using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Mesh.Artifacts.Blobs;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Identity;
using Mesh.Testing;

namespace Mesh.Artifacts.Tests.Http;

public sealed class BlobRouteTests(ArtifactsHost host)
{
    private readonly TestProject _project = host.NewProject();

    [Fact]
    public async Task A_blob_goes_up_and_comes_down()
    {
        var bytes = RandomNumberGenerator.GetBytes(100_000);
        var digest = TestProject.DigestOf(bytes);

        var created = await _project.Send(HttpMethod.Put, $"/blobs/{digest}", new ByteArrayContent(bytes));
        (await TestProject.Read<BlobInfo>(created, HttpStatusCode.Created)).ShouldBe(new BlobInfo(digest, 100_000));
        created.Headers.Location!.ToString().ShouldBe($"{_project.Root}/blobs/{digest}");

        var got = await _project.Viewer.GetAsync(created.Headers.Location);
        (await got.Content.ReadAsByteArrayAsync()).ShouldBe(bytes);
        got.Headers.ETag!.Tag.ShouldBe($"\"{digest}\"");
        got.Headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"]);
        got.Content.Headers.ContentType!.MediaType.ShouldBe("application/octet-stream");
        got.Content.Headers.ContentDisposition!.DispositionType.ShouldBe("attachment");
    }

    [Fact]
    public async Task An_empty_blob_is_a_blob()
    {
        var digest = await _project.PutBlob([]);
        (await (await _project.Get($"/blobs/{digest}")).Content.ReadAsByteArrayAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task The_same_blob_again_changes_nothing()
    {
        var digest = await _project.PutBlob([1, 2, 3]);
        var again = await _project.Send(HttpMethod.Put, $"/blobs/{digest}", new ByteArrayContent([1, 2, 3]));
        (await TestProject.Read<BlobInfo>(again)).ShouldBe(new BlobInfo(digest, 3));
    }

    [Fact]
    public async Task Head_tells_size_and_presence()
    {
        var digest = await _project.PutBlob(new byte[1234]);
        var head = await _project.Send(HttpMethod.Head, $"/blobs/{digest}");
        (head.StatusCode, head.Content.Headers.ContentLength).ShouldBe((HttpStatusCode.OK, 1234));
        (await _project.Send(HttpMethod.Head, $"/blobs/{new string('0', 64)}")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_folder_gives_out_no_addresses() => await TestProject.Refused(
        await _project.Get($"/blobs/{await _project.PutBlob([1, 2])}/location"), HttpStatusCode.Conflict, "blob.no-location");

    [Fact]
    public async Task Ranges_and_conditions_work()
    {
        var digest = await _project.PutBlob("0123456789"u8.ToArray());
        using var range = new HttpRequestMessage(HttpMethod.Get, $"{_project.Root}/blobs/{digest}") { Headers = { Range = new RangeHeaderValue(3, 5) } };
        var part = await _project.Ada.SendAsync(range);
        part.StatusCode.ShouldBe(HttpStatusCode.PartialContent);
        (await part.Content.ReadAsStringAsync()).ShouldBe("345");
        part.Content.Headers.ContentRange!.ToString().ShouldBe("bytes 3-5/10");

        using var beyond = new HttpRequestMessage(HttpMethod.Get, $"{_project.Root}/blobs/{digest}") { Headers = { Range = new RangeHeaderValue(10, null) } };
        (await _project.Ada.SendAsync(beyond)).StatusCode.ShouldBe(HttpStatusCode.RequestedRangeNotSatisfiable);

        using var known = new HttpRequestMessage(HttpMethod.Get, $"{_project.Root}/blobs/{digest}") { Headers = { IfNoneMatch = { new EntityTagHeaderValue($"\"{digest}\"") } } };
        (await _project.Ada.SendAsync(known)).StatusCode.ShouldBe(HttpStatusCode.NotModified);
    }

    [Fact]
    public async Task A_wrong_hash_is_refused_and_nothing_remains()
    {
        var claimed = TestProject.DigestOf([1]);
        var bytes = RandomNumberGenerator.GetBytes(1000);
        var problem = await TestProject.Refused(
            await _project.Send(HttpMethod.Put, $"/blobs/{claimed}", new ByteArrayContent(bytes)), HttpStatusCode.UnprocessableEntity, "blob.hash-mismatch");
        problem.Detail!.ShouldContain(TestProject.DigestOf(bytes));

        File.Exists(host.FileOf(TestProject.DigestOf(bytes))).ShouldBeFalse();
        (await _project.Get($"/blobs/{claimed}")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await _project.Get($"/blobs/{TestProject.DigestOf(bytes)}")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("abc")]
    [InlineData("ZZ00000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("AA00000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("..%2F..%2Fetc")]
    public async Task What_is_no_digest_is_refused(string digest)
    {
        await TestProject.Refused(await _project.Send(HttpMethod.Put, $"/blobs/{digest}", new ByteArrayContent([1])), HttpStatusCode.BadRequest, "blob.digest-malformed");
        await TestProject.Refused(await _project.Get($"/blobs/{digest}"), HttpStatusCode.BadRequest, "blob.digest-malformed");
    }

    [Fact]
    public async Task To_know_a_digest_is_not_to_have_the_content()
    {
        var digest = await _project.PutBlob(RandomNumberGenerator.GetBytes(100));
        var other = host.NewProject();

        await TestProject.Refused(await other.Get($"/blobs/{digest}"), HttpStatusCode.NotFound, "blob.unknown");
        await TestProject.Refused(
            await other.Post("/artifacts", new CreateArtifactVersion("mine", digest)), HttpStatusCode.UnprocessableEntity, "blob.unknown");
        await TestProject.Refused(
            await other.Send(HttpMethod.Put, $"/blobs/{digest}", new ByteArrayContent([])), HttpStatusCode.UnprocessableEntity, "blob.hash-mismatch");
        await TestProject.Refused(await other.Ada.GetAsync($"{_project.Root}/blobs/{digest}"), HttpStatusCode.NotFound, "project.unknown");
    }

    [Fact]
    public async Task Viewers_upload_nothing() => await TestProject.Refused(
        await _project.Viewer.PutAsync($"{_project.Root}/blobs/{TestProject.DigestOf([1])}", new ByteArrayContent([1])), HttpStatusCode.Forbidden, "access.role");

    [Fact]
    public async Task Too_large_a_body_is_refused_before_it_is_read()
    {
        using var content = new StreamContent(new Zeros(ArtifactsHost.MaxBlobBytes + 1));
        content.Headers.ContentLength = ArtifactsHost.MaxBlobBytes + 1;
        using var request = new HttpRequestMessage(HttpMethod.Put, $"{_project.Root}/blobs/{new string('0', 64)}") { Content = content, Headers = { ExpectContinue = true } };
        await TestProject.Refused(await _project.Ada.SendAsync(request), HttpStatusCode.RequestEntityTooLarge, "blob.too-large");
    }

    [Fact]
    public async Task A_cut_upload_leaves_nothing()
    {
        var digest = TestProject.DigestOf(RandomNumberGenerator.GetBytes(32));
        var token = host.Host.Service<IdentityTokens>().Issue(new Caller("ada", CallerKind.User, Role.Editor, _project.Name));
        using (var socket = new TcpClient())
        {
            await socket.ConnectAsync(host.Host.Address.Host, host.Host.Address.Port);
            var stream = socket.GetStream();
            await stream.WriteAsync(Encoding.ASCII.GetBytes(
                $"PUT {_project.Root}/blobs/{digest} HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000\r\n{IdentityTokens.Header}: {token}\r\n\r\n"));
            await stream.WriteAsync(new byte[2_000_000]);
            await Eventually.Holds(() => host.Staged().ShouldBeGreaterThan(0));
            socket.LingerState = new LingerOption(true, 0);
        }

        await Eventually.Holds(() => host.Staged().ShouldBe(0), TimeSpan.FromSeconds(60));
        (await _project.Get($"/blobs/{digest}")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Uploads_of_the_same_content_at_once_all_succeed()
    {
        var bytes = RandomNumberGenerator.GetBytes(300_000);
        var projects = Enumerable.Range(0, 8).Select(_ => host.NewProject()).ToList();
        await Task.WhenAll(projects.Concat(projects).Select(project => project.PutBlob(bytes)));
        foreach (var project in projects)
            (await (await project.Get($"/blobs/{TestProject.DigestOf(bytes)}")).Content.ReadAsByteArrayAsync()).ShouldBe(bytes);
    }

    [Fact]
    public async Task A_blob_that_is_given_up_while_another_project_uploads_it_stays_whole()
    {
        var ledger = host.Host.Service<BlobLedger>();
        var bytes = RandomNumberGenerator.GetBytes(5000);
        var digest = TestProject.DigestOf(bytes);
        for (var round = 0; round < 20; round++)
        {
            var leaving = host.NewProject();
            var coming = host.NewProject();
            await leaving.PutBlob(bytes);
            await Task.WhenAll(
                Task.Run(async () =>
                {
                    await ledger.ForgetAsync(leaving.Name, default);
                    await ledger.ReapAsync(default);
                }),
                coming.PutBlob(bytes));
            (await (await coming.Get($"/blobs/{digest}")).Content.ReadAsByteArrayAsync()).ShouldBe(bytes);
            await ledger.ForgetAsync(coming.Name, default);
            await ledger.ReapAsync(default);
            File.Exists(host.FileOf(digest)).ShouldBeFalse();
        }
    }

    [Fact]
    public async Task Several_reapers_and_an_upload_of_the_same_content_do_not_fail_each_other()
    {
        var ledger = host.Host.Service<BlobLedger>();
        var bytes = RandomNumberGenerator.GetBytes(5000);
        for (var round = 0; round < 40; round++)
        {
            var leaving = host.NewProject();
            var coming = host.NewProject();
            await leaving.PutBlob(bytes);
            await ledger.ForgetAsync(leaving.Name, default);
            await Task.WhenAll([coming.PutBlob(bytes), .. Enumerable.Range(0, 6).Select(_ => Task.Run(() => ledger.ReapAsync(default)))]);
            (await (await coming.Get($"/blobs/{TestProject.DigestOf(bytes)}")).Content.ReadAsByteArrayAsync()).ShouldBe(bytes);
            await ledger.ForgetAsync(coming.Name, default);
        }
    }
}
