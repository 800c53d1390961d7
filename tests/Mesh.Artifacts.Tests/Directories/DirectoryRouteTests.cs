using System.Formats.Tar;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Mesh.Artifacts.Blobs;
using Mesh.Artifacts.Tests.Http;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;

namespace Mesh.Artifacts.Tests.Directories;

public sealed class DirectoryRouteTests(ArtifactsHost host)
{
    private readonly TestProject _project = host.NewProject();

    [Fact]
    public async Task A_directory_is_made_from_blobs_listed_and_read()
    {
        var version = await Make(("b/two.txt", "second"), ("a.txt", "first"), ("b/c/three.csv", "x,y"), ("\U0001F600", "beyond"), ("\uFB01le", "before"));
        var manifest = string.Concat(
            new[] { ("a.txt", "first"), ("b/c/three.csv", "x,y"), ("b/two.txt", "second"), ("\uFB01le", "before"), ("\U0001F600", "beyond") }
                .Select(file => $"{Digest(file.Item2)} {file.Item2.Length} {file.Item1}\n"));
        (version.Kind, version.Size, version.Digest).ShouldBe((ArtifactKind.Directory, 26, TestProject.DigestOf(Encoding.UTF8.GetBytes(manifest))));
        (await (await _project.Get($"/blobs/{version.Digest}")).Content.ReadAsStringAsync()).ShouldBe(manifest);

        var first = await _project.Get<Page<DirectoryFile>>("/artifacts/data/versions/1/files?limit=2");
        first.Items.ShouldBe([new("a.txt", Digest("first"), 5), new("b/c/three.csv", Digest("x,y"), 3)]);
        var rest = await _project.Get<Page<DirectoryFile>>($"/artifacts/data/versions/latest/files?cursor={first.Next}");
        rest.Items.Select(file => file.Path).ShouldBe(["b/two.txt", "\uFB01le", "\U0001F600"]);
        rest.Next.ShouldBeNull();
        (await _project.Get<Page<DirectoryFile>>("/artifacts/data/versions/1/files?path=b")).Items.Select(file => file.Path).ShouldBe(["b/c/three.csv", "b/two.txt"]);
        (await _project.Get<Page<DirectoryFile>>("/artifacts/data/versions/1/files?path=b%2Ftwo.txt")).Items.Count.ShouldBe(1);

        using var request = new HttpRequestMessage(HttpMethod.Get, $"{_project.Root}/artifacts/data/versions/1/files/content?path=b%2Ftwo.txt");
        request.Headers.Range = new RangeHeaderValue(1, 2);
        var part = await _project.Viewer.SendAsync(request);
        part.StatusCode.ShouldBe(HttpStatusCode.PartialContent);
        (await part.Content.ReadAsStringAsync()).ShouldBe("ec");
        part.Headers.ETag!.Tag.ShouldBe($"\"{Digest("second")}\"");
        part.Content.Headers.ContentType!.MediaType.ShouldBe("text/plain");
    }

    [Fact]
    public async Task The_same_files_in_another_order_are_the_same_directory()
    {
        var one = await Make(("a", "1"), ("b", "2"));
        var two = await Make(("b", "2"), ("a", "1"));
        (two.Digest, two.Version).ShouldBe((one.Digest, 2));
        (await _project.Get<Page<DirectoryFile>>("/artifacts/data/versions/2/files")).Items.Count.ShouldBe(2);
    }

    [Theory]
    [InlineData("../a", "directory.path-invalid")]
    [InlineData("/a", "directory.path-invalid")]
    [InlineData("a//b", "directory.path-invalid")]
    [InlineData("a/", "directory.path-invalid")]
    [InlineData("a\\b", "directory.path-invalid")]
    [InlineData("C:/a", "directory.path-invalid")]
    [InlineData("a\nb", "directory.path-invalid")]
    [InlineData("a\u202eb", "directory.path-invalid")]
    [InlineData("a\u200bb", "directory.path-invalid")]
    [InlineData("OK", "directory.path-twice")]
    [InlineData("caf\u0065\u0301", "directory.path-twice")]
    [InlineData("ok/in", "directory.file-is-folder")]
    [InlineData("Ok/in", "directory.file-is-folder")]
    public async Task Paths_that_could_be_taken_for_others_are_refused(string path, string code)
    {
        var digest = await _project.PutBlob([1]);
        var body = new CreateArtifactVersion("data", null, ArtifactKind.Directory, Files: [new("ok", digest), new("caf\u00e9", digest), new(path, digest)]);
        await TestProject.Refused(await _project.Post("/artifacts", body), HttpStatusCode.UnprocessableEntity, code);
        (await _project.Get("/artifacts/data")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_file_whose_blob_another_project_has_is_refused()
    {
        var theirs = await host.NewProject().PutBlob([1, 2, 3]);
        var body = new CreateArtifactVersion("data", null, ArtifactKind.Directory, Files: [new("a", theirs)]);
        (await TestProject.Refused(await _project.Post("/artifacts", body), HttpStatusCode.UnprocessableEntity, "blob.unknown")).Detail!.ShouldContain(theirs);
    }

    [Fact]
    public async Task Ten_thousand_files_are_taken_and_one_more_is_not()
    {
        var digest = await _project.PutBlob([1]);
        var files = Enumerable.Range(0, DirectoryFile.Most).Select(i => new NewDirectoryFile($"folder/{i:D5}", digest)).ToList();
        var made = await TestProject.Read<ArtifactVersion>(await _project.Post("/artifacts", new CreateArtifactVersion("data", null, ArtifactKind.Directory, Files: files)), HttpStatusCode.Created);
        made.Size.ShouldBe(DirectoryFile.Most);
        await TestProject.Refused(
            await _project.Post("/artifacts", new CreateArtifactVersion("data", null, ArtifactKind.Directory, Files: [.. files, new("more", digest)])), HttpStatusCode.BadRequest, "body.invalid");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("tar")]
    public async Task A_directory_is_downloaded_as_an_archive_and_uploaded_from_it(string? format)
    {
        var made = await Make(("a.txt", "first"), ("b/größe.txt", "second"), ("empty", ""));
        var archive = await _project.Get($"/artifacts/data/content{(format is null ? "" : $"?format={format}")}");
        archive.StatusCode.ShouldBe(HttpStatusCode.OK);
        archive.Content.Headers.ContentDisposition!.ToString().ShouldStartWith($"attachment; filename=data.{format ?? "zip"}");
        var bytes = await archive.Content.ReadAsByteArrayAsync();

        var again = await Upload(bytes, archive.Content.Headers.ContentType!.MediaType!, "copy");
        var copy = await TestProject.Read<ArtifactVersion>(again, HttpStatusCode.Created);
        (copy.Kind, copy.Digest, copy.Size).ShouldBe((ArtifactKind.Directory, made.Digest, made.Size));
    }

    [Fact]
    public async Task A_packed_tar_is_unpacked()
    {
        var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            await gzip.WriteAsync(Tar(("./", null, TarEntryType.Directory), ("./a.txt", "first", TarEntryType.RegularFile)));
        await TestProject.Read<ArtifactVersion>(await Upload(packed.ToArray(), "application/gzip"), HttpStatusCode.Created);
        (await (await _project.Get("/artifacts/data/versions/1/files/content?path=a.txt")).Content.ReadAsStringAsync()).ShouldBe("first");
    }

    public static TheoryData<string, string> Bad => new()
    {
        { "zip ../evil", "directory.path-invalid" }, { "zip /etc/passwd", "directory.path-invalid" }, { "zip a\\b", "directory.path-invalid" },
        { "zip link", "archive.link" }, { "tar link", "archive.link" }, { "tar hard", "archive.link" }, { "zip encrypted", "archive.encrypted" },
        { "zip twice", "directory.path-twice" }, { "zip bomb", "archive.bomb" }, { "gzip bomb", "archive.bomb" }, { "zip broken", "archive.malformed" },
        { "tar nothing", "directory.empty" }, { "text", "archive.type-unknown" }, { "zip cut", "archive.malformed" },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public async Task Archives_that_mean_harm_are_refused_and_leave_nothing(string what, string code)
    {
        var (bytes, type) = what switch
        {
            "zip link" => (Zip(("fine", "fine"), ("link", "/etc/passwd", (0xA000 | 0x1ff) << 16)), "application/zip"),
            "tar link" => (Tar(("fine", "fine", TarEntryType.RegularFile), ("link", null, TarEntryType.SymbolicLink)), "application/x-tar"),
            "tar hard" => (Tar(("fine", "fine", TarEntryType.RegularFile), ("link", null, TarEntryType.HardLink)), "application/x-tar"),
            "zip encrypted" => (Encrypted(Zip(("fine", "fine"))), "application/zip"),
            "zip twice" => (Zip(("fine", "fine"), ("Fine", "other")), "application/zip"),
            "zip bomb" => (Zip(("fine", "fine"), ("bomb", new string('0', 4 << 20))), "application/zip"),
            "gzip bomb" => (await Gzip(Tar(("bomb", new string('0', 4 << 20), TarEntryType.RegularFile))), "application/gzip"),
            "zip broken" => ([.. "PK nothing of the kind"u8], "application/zip"),
            "zip cut" => (Zip(("fine", "fine"))[..^30], "application/zip"),
            "tar nothing" => (new byte[1024], "application/x-tar"),
            "text" => ([.. "hello"u8], "text/plain"),
            _ => (Zip(("fine", "fine"), (what[4..], "evil")), "application/zip"),
        };
        await TestProject.Refused(await Upload(bytes, type), HttpStatusCode.UnprocessableEntity, code);
        (await _project.Get("/artifacts/data")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await host.Host.Service<BlobLedger>().CountAsync(_project.Name, CancellationToken.None)).ShouldBe(0);
    }

    [Fact]
    public async Task Too_many_entries_are_refused()
    {
        var names = Enumerable.Range(0, DirectoryFile.Most + 1).Select(i => ($"f{i}", "")).ToArray();
        await TestProject.Refused(await Upload(Zip(names), "application/zip"), HttpStatusCode.RequestEntityTooLarge, "directory.too-many-files");
    }

    [Fact]
    public async Task Every_file_of_a_version_is_a_root()
    {
        var version = await Make(("a", "root one"), ("b", "root two"));
        (await Roots()).ShouldBe([version.Digest, Digest("root one"), Digest("root two")], ignoreOrder: true);
    }

    [Fact]
    public async Task What_is_no_directory_has_no_files()
    {
        await _project.Log("file");
        await TestProject.Refused(await _project.Get("/artifacts/file/versions/1/files"), HttpStatusCode.UnprocessableEntity, "artifact.not-a-directory");
        await TestProject.Refused(await _project.Get("/artifacts/none/versions/latest/files"), HttpStatusCode.NotFound, "artifact.unknown");
        await Make(("a", "1"));
        await TestProject.Refused(await _project.Get("/artifacts/data/versions/1/files/content?path=b"), HttpStatusCode.NotFound, "directory.file-unknown");
        await TestProject.Refused(await _project.Get("/artifacts/data/versions/1/files/content?path=..%2Fb"), HttpStatusCode.UnprocessableEntity, "directory.path-invalid");
        await TestProject.Refused(await _project.Get("/artifacts/data/content?format=rar"), HttpStatusCode.BadRequest, "archive.format-unknown");
    }

    private Task<IReadOnlyList<string>> Roots() => host.RootsOfAsync(_project.Name);

    private async Task<ArtifactVersion> Make(params (string Path, string Content)[] files)
    {
        var entries = new List<NewDirectoryFile>();
        foreach (var (path, content) in files) entries.Add(new(path, await _project.PutBlob(Encoding.UTF8.GetBytes(content))));
        return await TestProject.Read<ArtifactVersion>(
            await _project.Post("/artifacts", new CreateArtifactVersion("data", null, ArtifactKind.Directory, Files: entries)), HttpStatusCode.Created);
    }

    private Task<HttpResponseMessage> Upload(byte[] archive, string type, string key = "data")
    {
        var content = new ByteArrayContent(archive);
        content.Headers.ContentType = new MediaTypeHeaderValue(type);
        return _project.Send(HttpMethod.Put, $"/artifacts/{key}/content?kind=directory", content);
    }

    private static string Digest(string content) => TestProject.DigestOf(Encoding.UTF8.GetBytes(content));

    private static byte[] Zip(params (string Path, string Content)[] files) => Zip([.. files.Select(file => (file.Path, file.Content, 0))]);

    private static byte[] Zip((string Path, string Content) first, (string Path, string Content, int Attributes) second) => Zip([(first.Path, first.Content, 0), second]);

    private static byte[] Zip((string Path, string Content, int Attributes)[] files)
    {
        var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (path, content, attributes) in files)
            {
                var entry = zip.CreateEntry(path);
                entry.ExternalAttributes = attributes;
                using var writer = entry.Open();
                writer.Write(Encoding.UTF8.GetBytes(content));
            }
        }

        return stream.ToArray();
    }

    // Bit 0 of the flags of each header says that the entry is encrypted.
    private static byte[] Encrypted(byte[] zip)
    {
        zip[6] |= 1;
        var central = zip.AsSpan().IndexOf("PK\u0001\u0002"u8);
        zip[central + 8] |= 1;
        return zip;
    }

    private static async Task<byte[]> Gzip(byte[] bytes)
    {
        var stream = new MemoryStream();
        await using (var gzip = new GZipStream(stream, CompressionLevel.SmallestSize, leaveOpen: true)) await gzip.WriteAsync(bytes);
        return stream.ToArray();
    }

    private static byte[] Tar(params (string Path, string? Content, TarEntryType Type)[] files)
    {
        var stream = new MemoryStream();
        using (var tar = new TarWriter(stream, TarEntryFormat.Pax, leaveOpen: true))
        {
            foreach (var (path, content, type) in files)
            {
                var entry = new PaxTarEntry(type, path);
                if (content is not null) entry.DataStream = new MemoryStream(Encoding.UTF8.GetBytes(content));
                if (type is TarEntryType.SymbolicLink or TarEntryType.HardLink) entry.LinkName = "/etc/passwd";
                tar.WriteEntry(entry);
            }
        }

        return stream.ToArray();
    }
}
