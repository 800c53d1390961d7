using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Amazon.S3.Model;
using Mesh.Artifacts.Blobs;
using Mesh.Artifacts.Blobs.S3;
using Mesh.Artifacts.Tests.Http;
using Mesh.Contracts.Artifacts;

namespace Mesh.Artifacts.Tests.Sources;

public sealed class SourceRouteTests(SourcesHost host) : IClassFixture<SourcesHost>
{
    private static readonly byte[] Rows = Encoding.UTF8.GetBytes("a,b\n" + string.Concat(Enumerable.Range(0, 5000).Select(i => $"{i},{i * 2}\n")));

    private readonly TestProject _project = host.NewProject();

    [Fact]
    public async Task A_web_source_is_read_through_the_service_and_kept_nowhere()
    {
        await using var server = await FileServer.StartAsync(Rows);
        var version = await LogAsync($"{server.Address}/file");
        (version.Size, version.ContentType).ShouldBe((Rows.Length, "text/csv"));
        version.Source.ShouldBe(new ArtifactSource($"{server.Address}/file", "\"1\"", null, IsChecked: false));
        version.Digest.ShouldNotBe(TestProject.DigestOf(Rows));

        (await ContentAsync()).ShouldBe(Rows);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{_project.Root}/artifacts/k/content") { Headers = { Range = new RangeHeaderValue(100, 299) } };
        var part = await _project.Ada.SendAsync(request);
        part.StatusCode.ShouldBe(HttpStatusCode.PartialContent);
        (await part.Content.ReadAsByteArrayAsync()).ShouldBe(Rows[100..300]);
        server.KnowsRanges = false;
        using var again = new HttpRequestMessage(HttpMethod.Get, $"{_project.Root}/artifacts/k/content") { Headers = { Range = new RangeHeaderValue(100, 299) } };
        (await (await _project.Ada.SendAsync(again)).Content.ReadAsByteArrayAsync()).ShouldBe(Rows[100..300]);

        (await _project.Get<ArtifactPreview>("/artifacts/k/versions/1/preview")).Kind.ShouldBe(PreviewKind.Table);
        (await _project.Get<ArtifactVersion>($"/artifacts/resolve?uri={Uri.EscapeDataString($"mesh://{_project.Name}/dataset/k@1")}")).Source.ShouldBe(version.Source);
        (await _project.Get<ProjectStorageInfo>("/storage")).UsedBytes.ShouldBe(0);
        (await host.Host.Service<BlobLedger>().CountAsync(_project.Name, default)).ShouldBe(0);
    }

    [Fact]
    public async Task A_data_set_is_profiled_and_read_where_it_is()
    {
        await using var server = await FileServer.StartAsync(Rows);
        await LogAsync($"{server.Address}/file");
        var described = await _project.Get<DatasetVersion>("/datasets/k/versions/1");
        (described.State, described.Profile!.Rows).ShouldBe((DatasetState.Ready, 5000));
        var rows = await _project.Get<DatasetRows>("/datasets/k/versions/1/rows?offset=4998&limit=5");
        rows.Items.Count.ShouldBe(2);
        var asked = server.Requests;
        await _project.Get<DatasetVersion>("/datasets/k/versions/1");
        server.Requests.ShouldBe(asked);

        server.ETag = "\"2\"";
        await TestProject.Refused(await _project.Get("/datasets/k/versions/1/rows"), HttpStatusCode.Conflict, "source.changed");
    }

    [Fact]
    public async Task What_changed_is_refused_and_what_is_away_is_not_there()
    {
        await using var server = await FileServer.StartAsync(Rows);
        await LogAsync($"{server.Address}/file");
        server.ETag = "\"2\"";
        await TestProject.Refused(await _project.Get("/artifacts/k/content"), HttpStatusCode.Conflict, "source.changed");
        await TestProject.Refused(await _project.Get("/artifacts/k/versions/1/preview"), HttpStatusCode.Conflict, "source.changed");
        await TestProject.Refused(await ImportAsync(), HttpStatusCode.Conflict, "source.changed");
        (await LogAsync($"{server.Address}/file")).Version.ShouldBe(2);
        await server.DisposeAsync();
        await TestProject.Refused(await _project.Get("/artifacts/k/content?version=2"), HttpStatusCode.BadGateway, "source.unreachable");
        await TestProject.Refused(await PostAsync($"{server.Address}/file"), HttpStatusCode.BadGateway, "source.unreachable");
        (await _project.Get<ArtifactVersion>("/artifacts/k/versions/2")).Version.ShouldBe(2);
    }

    [Fact]
    public async Task Digest_and_size_are_checked_where_they_are_given()
    {
        await using var server = await FileServer.StartAsync(Rows);
        var address = $"{server.Address}/file";
        await TestProject.Refused(await PostAsync(address, digest: new string('a', 64)), HttpStatusCode.UnprocessableEntity, "source.digest-mismatch");
        await TestProject.Refused(await PostAsync(address, size: 3), HttpStatusCode.UnprocessableEntity, "source.size-mismatch");
        await TestProject.Refused(await _project.Get("/artifacts/k"), HttpStatusCode.NotFound, "artifact.unknown");
        var digest = TestProject.DigestOf(Rows);
        var version = await TestProject.Read<ArtifactVersion>(await PostAsync(address, digest, Rows.Length), HttpStatusCode.Created);
        (version.Digest, version.Source!.IsChecked).ShouldBe((digest, true));

        // The same ETag and size, and other bytes: what is copied is read to its end.
        server.Content = [.. Rows.Select(b => b == (byte)'1' ? (byte)'2' : b)];
        await TestProject.Refused(await ImportAsync(), HttpStatusCode.Conflict, "source.changed");
    }

    [Fact]
    public async Task An_import_makes_it_a_blob_that_garbage_collection_leaves()
    {
        await using var server = await FileServer.StartAsync(Rows);
        await LogAsync($"{server.Address}/file");
        var imported = await TestProject.Read<ArtifactVersion>(await ImportAsync());
        imported.Digest.ShouldBe(TestProject.DigestOf(Rows));
        (imported.Source!.IsChecked, imported.Source.ImportedAt is null).ShouldBe((true, false));
        (await TestProject.Read<ArtifactVersion>(await ImportAsync())).ShouldBeEquivalentTo(imported);
        (await _project.Get<ArtifactInfo>("/artifacts/k")).Latest.Digest.ShouldBe(imported.Digest);
        await server.DisposeAsync();

        await host.ExecuteAsync($"update blob_references set added_at = now() - interval '2 days' where project = '{_project.Name}'");
        (await host.Host.Service<BlobCollector>().CollectAsync(_project.Name, dryRun: false, default)).Blobs.ShouldBe(0);
        (await ContentAsync()).ShouldBe(Rows);
        (await _project.Send(HttpMethod.Delete, "/artifacts/k")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await host.Host.Service<BlobCollector>().CollectAsync(_project.Name, dryRun: false, default)).Digests.ShouldBe([imported.Digest]);
    }

    [Fact]
    public async Task An_import_that_gets_stuck_leaves_the_version_as_it_was()
    {
        await using var server = await FileServer.StartAsync(Rows);
        var version = await LogAsync($"{server.Address}/stuck");
        await TestProject.Refused(await ImportAsync(), HttpStatusCode.BadGateway, "source.unreachable");
        (await _project.Get<ArtifactVersion>("/artifacts/k/versions/1")).ShouldBeEquivalentTo(version);
        (await host.Host.Service<BlobLedger>().CountAsync(_project.Name, default)).ShouldBe(0);
        await Should.ThrowAsync<HttpRequestException>(() => ContentAsync());
    }

    [Fact]
    public async Task No_model_is_registered_from_what_is_elsewhere()
    {
        await using var server = await FileServer.StartAsync(Rows);
        await TestProject.Read<ArtifactVersion>(
            await _project.Post("/artifacts", new CreateArtifactVersion("model", null, ArtifactKind.Model, Source: $"{server.Address}/file")), HttpStatusCode.Created);
        await TestProject.Refused(await _project.Post("/models/m/versions", TestProject.Registration()), HttpStatusCode.UnprocessableEntity, "artifact.elsewhere");
        (await _project.Send(HttpMethod.Post, "/artifacts/model/versions/latest/import")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await _project.Post("/models/m/versions", TestProject.Registration())).StatusCode.ShouldBe(HttpStatusCode.Created);
    }

    [Theory]
    [InlineData("nothing-to-compare", HttpStatusCode.UnprocessableEntity, "source.no-validator")]
    [InlineData("chunked", HttpStatusCode.UnprocessableEntity, "source.size-unknown")]
    [InlineData("packed", HttpStatusCode.UnprocessableEntity, "source.encoded")]
    [InlineData("round", HttpStatusCode.BadGateway, "source.unreachable")]
    [InlineData("silent", HttpStatusCode.BadGateway, "source.unreachable")]
    [InlineData("missing", HttpStatusCode.BadGateway, "source.unreachable")]
    public async Task What_cannot_be_relied_on_is_no_source(string path, HttpStatusCode status, string code)
    {
        await using var server = await FileServer.StartAsync(Rows);
        await TestProject.Refused(await PostAsync($"{server.Address}/{path}"), status, code);
    }

    [Fact]
    public async Task What_is_too_large_is_refused()
    {
        await using var server = await FileServer.StartAsync(new byte[(4 << 20) + 1]);
        await TestProject.Refused(await PostAsync($"{server.Address}/file"), HttpStatusCode.RequestEntityTooLarge, "source.too-large");
    }

    [Theory]
    [InlineData("https://localhost:{0}/file")]
    [InlineData("http://localhost:{0}/file")]
    [InlineData("https://[::1]:{0}/file")]
    [InlineData("https://[::ffff:127.0.0.1]:{0}/file")]
    [InlineData("https://127.0.0.2:{0}/file")]
    [InlineData("https://2130706434:{0}/file")]
    [InlineData("https://169.254.169.254/latest/meta-data")]
    [InlineData("https://10.0.0.1/")]
    [InlineData("http://example.com/")]
    public async Task The_network_of_the_service_is_closed_and_so_is_what_redirects_there(string address)
    {
        await using var server = await FileServer.StartAsync(Rows);
        address = string.Format(System.Globalization.CultureInfo.InvariantCulture, address, server.Port);
        await TestProject.Refused(await PostAsync(address), HttpStatusCode.UnprocessableEntity, "source.not-allowed");
        await TestProject.Refused(await PostAsync($"{server.Address}/redirect?to={Uri.EscapeDataString(address)}"), HttpStatusCode.UnprocessableEntity, "source.not-allowed");
        server.Requests.ShouldBe(0);
    }

    [Fact]
    public async Task A_redirect_to_an_allowed_host_is_followed()
    {
        await using var server = await FileServer.StartAsync(Rows);
        var version = await LogAsync($"{server.Address}/redirect?to=/file");
        version.Size.ShouldBe(Rows.Length);
        (await ContentAsync()).ShouldBe(Rows);
        await TestProject.Refused(await PostAsync($"{server.Address}/redirect?to=file:///etc/passwd"), HttpStatusCode.UnprocessableEntity, "source.not-allowed");
    }

    [Theory]
    [InlineData("ftp://example.com/x")]
    [InlineData("/etc/passwd")]
    [InlineData("https://user:secret@example.com/x")]
    [InlineData("https://example.com/x#part")]
    [InlineData("https://")]
    [InlineData("s3://")]
    [InlineData("s3://mesh")]
    [InlineData("file://server/share/x")]
    [InlineData("file:///x?y")]
    public async Task What_is_no_address_is_malformed(string address) => await TestProject.Refused(await PostAsync(address), HttpStatusCode.BadRequest, "source.malformed");

    [Fact]
    public async Task Fields_that_do_not_go_together_are_refused()
    {
        await TestProject.Refused(await _project.Post("/artifacts", new CreateArtifactVersion("k", null)), HttpStatusCode.BadRequest, "body.invalid");
        await TestProject.Refused(await _project.Post("/artifacts", new CreateArtifactVersion("k", null, Source: "")), HttpStatusCode.BadRequest, "body.invalid");
        await TestProject.Refused(await _project.Post("/artifacts", new CreateArtifactVersion("k", new string('a', 64), Size: 3)), HttpStatusCode.BadRequest, "body.invalid");
        await TestProject.Refused(await _project.Post("/artifacts", new CreateArtifactVersion("k", null, ArtifactKind.Directory, Source: "https://x")), HttpStatusCode.BadRequest, "body.invalid");
        await _project.Log("uploaded");
        await TestProject.Refused(await _project.Send(HttpMethod.Post, "/artifacts/uploaded/versions/1/import"), HttpStatusCode.UnprocessableEntity, "source.none");
    }

    [Fact]
    public async Task A_file_of_an_allowed_folder_is_read_until_it_changes()
    {
        var path = Path.Combine(host.Root, $"{Guid.NewGuid():N} é.csv");
        await File.WriteAllBytesAsync(path, Rows);
        var version = await LogAsync(new Uri(path).AbsoluteUri);
        (version.Size, version.Source!.ETag).ShouldBe((Rows.Length, null));
        (await ContentAsync()).ShouldBe(Rows);
        await File.WriteAllBytesAsync(path, Rows);
        File.SetLastWriteTimeUtc(path, File.GetLastWriteTimeUtc(path).AddSeconds(1));
        await TestProject.Refused(await _project.Get("/artifacts/k/content"), HttpStatusCode.Conflict, "source.changed");
        File.Delete(path);
        await TestProject.Refused(await _project.Get("/artifacts/k/content"), HttpStatusCode.BadGateway, "source.unreachable");
    }

    [Fact]
    public async Task Files_outside_of_allowed_folders_are_not_read_by_whatever_link()
    {
        var outside = Directory.CreateTempSubdirectory("mesh-outside-").FullName;
        try
        {
            await File.WriteAllBytesAsync(Path.Combine(outside, "secret"), Rows);
            var name = Guid.NewGuid().ToString("N");
            File.CreateSymbolicLink(Path.Combine(host.Root, $"{name}-file"), Path.Combine(outside, "secret"));
            Directory.CreateSymbolicLink(Path.Combine(host.Root, $"{name}-folder"), outside);
            File.CreateSymbolicLink(Path.Combine(host.Root, $"{name}-round"), Path.Combine(host.Root, $"{name}-round"));
            await File.WriteAllBytesAsync(Path.Combine(host.Root, name), Rows);
            File.CreateSymbolicLink(Path.Combine(host.Root, $"{name}-inside"), name);
            foreach (var address in new[]
            {
                $"file://{outside}/secret", $"file://{outside}/missing", $"file://{host.Root}/{name}-file", $"file://{host.Root}/{name}-folder/secret", $"file://{host.Root}/../{Path.GetFileName(outside)}/secret",
                $"file://{host.Root}/%2e%2e/{Path.GetFileName(outside)}/secret", $"file://{host.Root}x", "file:///proc/self/environ", $"file://{host.Root}",
            }) await TestProject.Refused(await PostAsync(address), HttpStatusCode.UnprocessableEntity, "source.not-allowed");
            await TestProject.Refused(await PostAsync($"file://{host.Root}/{name}-round"), HttpStatusCode.BadGateway, "source.unreachable");
            (await LogAsync($"file://{host.Root}/{name}-inside")).Size.ShouldBe(Rows.Length);

            // A link that is turned to another file afterwards is looked at again.
            File.Delete(Path.Combine(host.Root, $"{name}-inside"));
            File.CreateSymbolicLink(Path.Combine(host.Root, $"{name}-inside"), Path.Combine(outside, "secret"));
            await TestProject.Refused(await _project.Get("/artifacts/k/content"), HttpStatusCode.UnprocessableEntity, "source.not-allowed");
        }
        finally
        {
            Directory.Delete(outside, recursive: true);
        }
    }

    [Fact]
    public async Task Folders_and_pipes_are_no_files()
    {
        var name = Path.Combine(host.Root, Guid.NewGuid().ToString("N"));
        Directory.CreateDirectory($"{name}-folder");
        using var made = System.Diagnostics.Process.Start("mkfifo", $"{name}-pipe");
        await made.WaitForExitAsync();
        foreach (var what in new[] { "folder", "pipe" })
            await TestProject.Refused(await PostAsync($"file://{name}-{what}").WaitAsync(TimeSpan.FromSeconds(30)), HttpStatusCode.BadGateway, "source.unreachable");
    }

    [Fact]
    public async Task An_object_of_an_allowed_bucket_is_read_with_the_operators_key()
    {
        using var s3 = host.Bucket.Connect("test");
        var key = $"{host.Bucket.Prefix}rows and more.csv";
        await PutAsync(Rows);
        var version = await LogAsync($"s3://mesh/{key}");
        version.Source!.ETag.ShouldNotBeNull();
        (await ContentAsync()).ShouldBe(Rows);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{_project.Root}/artifacts/k/content") { Headers = { Range = new RangeHeaderValue(100, 299) } };
        (await (await _project.Ada.SendAsync(request)).Content.ReadAsByteArrayAsync()).ShouldBe(Rows[100..300]);
        (await _project.Get<DatasetVersion>("/datasets/k/versions/1")).Profile!.Rows.ShouldBe(5000);

        await TestProject.Refused(await PostAsync($"s3://mesh/elsewhere/{key}"), HttpStatusCode.UnprocessableEntity, "source.not-allowed");
        await TestProject.Refused(await PostAsync($"s3://other/{key}"), HttpStatusCode.UnprocessableEntity, "source.not-allowed");
        await TestProject.Refused(await PostAsync($"s3://mesh/{key}x"), HttpStatusCode.BadGateway, "source.unreachable");
        await PutAsync([.. Rows, .. Rows]);
        await TestProject.Refused(await _project.Get("/artifacts/k/content"), HttpStatusCode.Conflict, "source.changed");
        await s3.DeleteObjectAsync("mesh", key);
        await TestProject.Refused(await _project.Get("/artifacts/k/content"), HttpStatusCode.BadGateway, "source.unreachable");

        async Task PutAsync(byte[] bytes)
        {
            using var content = new MemoryStream(bytes);
            await s3.PutObjectAsync(new PutObjectRequest { BucketName = "mesh", Key = key, InputStream = content, UseChunkEncoding = false });
        }
    }

    [Fact]
    public async Task An_idempotent_request_logs_once()
    {
        await using var server = await FileServer.StartAsync(Rows);
        var body = new CreateArtifactVersion("k", null, Source: $"{server.Address}/file");
        var first = await TestProject.Read<ArtifactVersion>(await _project.Post("/artifacts", body, "once"), HttpStatusCode.Created);
        (await TestProject.Read<ArtifactVersion>(await _project.Post("/artifacts", body, "once"), HttpStatusCode.Created)).Version.ShouldBe(first.Version);
    }

    private Task<HttpResponseMessage> PostAsync(string source, string? digest = null, long? size = null) =>
        _project.Post("/artifacts", new CreateArtifactVersion("k", digest, ArtifactKind.Dataset, Source: source, Size: size));

    private async Task<ArtifactVersion> LogAsync(string source) => await TestProject.Read<ArtifactVersion>(await PostAsync(source), HttpStatusCode.Created);

    private Task<HttpResponseMessage> ImportAsync() => _project.Send(HttpMethod.Post, "/artifacts/k/versions/latest/import");

    private async Task<byte[]> ContentAsync() => await _project.Ada.GetByteArrayAsync($"{_project.Root}/artifacts/k/content");
}
