using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Mesh.Artifacts.Directories;
using Mesh.Artifacts.Tests.Http;
using Mesh.Contracts.Artifacts;

namespace Mesh.Artifacts.Tests.Directories;

/// <summary>Directories as archives: the same bytes each time, with a strong ETag; a tar from anywhere.</summary>
public sealed class ArchiveDownloadTests(ArtifactsHost host)
{
    private static readonly (string Path, string Content)[] Files =
    [
        ("a.txt", "first"), ("empty", ""), ("block", new string('x', 512)), ("b/gr\u00f6\u00dfe.txt", "second"), ($"{new string('d', 60)}/{new string('e', 60)}/long.txt", "third"),
        ($"{new string('\u00e4', 49)}x\u00f6/f", "cut in a character"), ("large", new string('y', 200_000)),
    ];

    private readonly TestProject _project = host.NewProject();

    [Theory]
    [InlineData("zip", "none")]
    [InlineData("tar", "bytes")]
    public async Task The_same_directory_is_the_same_bytes_and_is_not_sent_twice(string format, string ranges)
    {
        await MakeAsync("one");
        await MakeAsync("two");
        using var first = await _project.Get($"/artifacts/one/content?format={format}");
        using var second = await _project.Get($"/artifacts/two/content?format={format}");
        var bytes = await first.Content.ReadAsByteArrayAsync();
        (await second.Content.ReadAsByteArrayAsync()).ShouldBe(bytes);
        first.Headers.ETag!.IsWeak.ShouldBeFalse();
        second.Headers.ETag.ShouldBe(first.Headers.ETag);
        first.Headers.AcceptRanges.ShouldBe([ranges]);

        using var again = await SendAsync(HttpMethod.Get, format, request => request.Headers.IfNoneMatch.Add(first.Headers.ETag));
        again.StatusCode.ShouldBe(HttpStatusCode.NotModified);
        again.Headers.ETag.ShouldBe(first.Headers.ETag);
        (await again.Content.ReadAsByteArrayAsync()).ShouldBeEmpty();
        var other = (await _project.Get($"/artifacts/one/content?format={(format == "zip" ? "tar" : "zip")}")).Headers.ETag!;
        other.ShouldNotBe(first.Headers.ETag);
        using var fresh = await SendAsync(HttpMethod.Get, format, request => request.Headers.IfNoneMatch.Add(other));
        fresh.StatusCode.ShouldBe(HttpStatusCode.OK);
        using var changed = await SendAsync(HttpMethod.Get, format, request => request.Headers.IfMatch.Add(other));
        changed.StatusCode.ShouldBe(HttpStatusCode.PreconditionFailed);
        using var head = await SendAsync(HttpMethod.Head, format);
        (head.StatusCode, head.Headers.ETag, head.Headers.AcceptRanges.Single()).ShouldBe((HttpStatusCode.OK, first.Headers.ETag, ranges));
        if (format == "tar") head.Content.Headers.ContentLength.ShouldBe(bytes.Length);
    }

    [Fact]
    public async Task A_tar_is_read_from_anywhere()
    {
        await MakeAsync("one");
        using var whole = await _project.Get("/artifacts/one/content?format=tar");
        var bytes = await whole.Content.ReadAsByteArrayAsync();
        whole.Content.Headers.ContentLength.ShouldBe(bytes.Length);
        var random = new Random(7);
        var ranges = Enumerable.Range(0, 30).Select(_ => (long)random.Next(bytes.Length)).Select(from => (from, Math.Min(bytes.Length - 1, from + random.Next(5000))));
        foreach (var (from, to) in ranges.Append((0, 0)).Append((bytes.Length - 1, bytes.Length - 1)).Append((0, bytes.Length - 1)))
        {
            using var part = await SendAsync(HttpMethod.Get, "tar", request => request.Headers.Range = new RangeHeaderValue(from, to));
            part.StatusCode.ShouldBe(HttpStatusCode.PartialContent);
            part.Content.Headers.ContentRange!.Length.ShouldBe(bytes.Length);
            (await part.Content.ReadAsByteArrayAsync()).ShouldBe(bytes[(int)from..((int)to + 1)]);
        }

        using var behind = await SendAsync(HttpMethod.Get, "tar", request => request.Headers.Range = new RangeHeaderValue(bytes.Length, null));
        behind.StatusCode.ShouldBe(HttpStatusCode.RequestedRangeNotSatisfiable);
        using var outdated = await SendAsync(HttpMethod.Get, "tar", request =>
        {
            request.Headers.Range = new RangeHeaderValue(0, 9);
            request.Headers.IfRange = new RangeConditionHeaderValue("\"other\"");
        });
        outdated.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_range_of_a_zip_is_the_whole_zip()
    {
        await MakeAsync("one");
        using var whole = await _project.Get("/artifacts/one/content");
        using var part = await SendAsync(HttpMethod.Get, "zip", request => request.Headers.Range = new RangeHeaderValue(1, 2));
        part.StatusCode.ShouldBe(HttpStatusCode.OK);
        var bytes = await part.Content.ReadAsByteArrayAsync();
        bytes.ShouldBe(await whole.Content.ReadAsByteArrayAsync());
        using var zip = new ZipArchive(new MemoryStream(bytes));
        zip.Entries.ShouldAllBe(entry => entry.LastWriteTime.Year == 1980);
    }

    [Fact]
    public async Task The_tar_is_read_by_tar()
    {
        await MakeAsync("one");
        var folder = Directory.CreateTempSubdirectory("mesh-test-").FullName;
        try
        {
            var path = Path.Combine(folder, "one.tar");
            await File.WriteAllBytesAsync(path, await (await _project.Get("/artifacts/one/content?format=tar")).Content.ReadAsByteArrayAsync());
            using var tar = Process.Start(new ProcessStartInfo("tar", ["-x", "-f", path, "-C", folder]) { RedirectStandardError = true, Environment = { ["LC_ALL"] = "C.UTF-8" } })!;
            var said = await tar.StandardError.ReadToEndAsync();
            await tar.WaitForExitAsync();
            (tar.ExitCode, said).ShouldBe((0, ""));
            foreach (var (name, content) in Files) (await File.ReadAllTextAsync(Path.Combine(folder, name))).ShouldBe(content);
            File.GetLastWriteTimeUtc(Path.Combine(folder, "a.txt")).ShouldBe(new DateTime(1980, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void A_file_of_more_than_8_GiB_says_its_size_in_a_record()
    {
        var header = TarHeader.Of(new DirectoryFile("big", new string('a', 64), 10L << 30));
        using var reader = new TarReader(new MemoryStream([.. header, .. new byte[1024]]));
        header.Length.ShouldBe(TarHeader.LengthOf(new DirectoryFile("big", new string('a', 64), 10L << 30)));
        Encoding.UTF8.GetString(header).ShouldContain($"20 size={10L << 30}\n");
    }

    private async Task MakeAsync(string key)
    {
        var files = new List<NewDirectoryFile>();
        foreach (var (path, content) in Files) files.Add(new NewDirectoryFile(path, await _project.PutBlob(Encoding.UTF8.GetBytes(content))));
        await TestProject.Read<ArtifactVersion>(await _project.Post("/artifacts", new CreateArtifactVersion(key, null, ArtifactKind.Directory, Files: files)), HttpStatusCode.Created);
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string format, Action<HttpRequestMessage>? change = null)
    {
        using var request = new HttpRequestMessage(method, $"{_project.Root}/artifacts/one/content?format={format}");
        change?.Invoke(request);
        return await _project.Viewer.SendAsync(request);
    }
}
