using System.Net;
using System.Text;
using Mesh.Client.Artifacts;
using Mesh.Client.Tests.Connection;
using Mesh.Contracts.Artifacts;

namespace Mesh.Client.Tests.Artifacts;

public sealed class ArtifactsClientTests(ClientMesh fixture)
{
    private static readonly ModelSignature Signature = new([new Column("x", ColumnType.Fp32)], [new Column("y", ColumnType.Fp32)]);

    [Fact]
    public async Task What_goes_up_comes_down()
    {
        using var mesh = fixture.NewProject();
        var artifacts = mesh.Project().Artifacts;
        var bytes = new byte[3_000_000];
        new Random(1).NextBytes(bytes);
        var version = await artifacts.UploadAsync("data/big one.bin", bytes, new UploadSpec { Kind = ArtifactKind.Dataset, Labels = new() { ["a"] = "b" } });
        version.Version.ShouldBe(1);
        version.Size.ShouldBe(bytes.Length);
        (await artifacts.DownloadBytesAsync("data/big one.bin")).ShouldBe(bytes);
        (await artifacts.HasBlobAsync(version.Digest)).ShouldBeTrue();
        (await artifacts.HasBlobAsync(new string('0', 64))).ShouldBeFalse();

        await artifacts.UploadAsync("data/big one.bin", "second"u8.ToArray(), new UploadSpec { Kind = ArtifactKind.Dataset, FileName = "x.csv" });
        (await artifacts.GetAsync("data/big one.bin")).Versions.ShouldBe(2);
        (await artifacts.GetVersionAsync("data/big one.bin")).ContentType.ShouldBe("text/csv");
        (await artifacts.DownloadBytesAsync("data/big one.bin", 1)).Length.ShouldBe(bytes.Length);
        (await artifacts.VersionsAsync("data/big one.bin").Select(v => v.Version).ToListAsync()).ShouldBe([2, 1]);
        (await artifacts.ListAsync(ArtifactKind.Dataset, prefix: "data/").SingleAsync()).Key.ShouldBe("data/big one.bin");
    }

    [Fact]
    public async Task A_broken_upload_is_sent_again_from_its_start()
    {
        var faults = new Faults().Answer(HttpStatusCode.NotFound).LoseAnswer().Answer(HttpStatusCode.BadGateway);
        using var mesh = fixture.NewProject(faults);
        var bytes = new byte[200_000];
        new Random(2).NextBytes(bytes);
        await mesh.Project().Artifacts.UploadAsync("blob", bytes);
        (await mesh.Project().Artifacts.DownloadBytesAsync("blob")).ShouldBe(bytes);
        (await mesh.Project().Artifacts.GetAsync("blob")).Versions.ShouldBe(1);
    }

    [Fact]
    public async Task A_large_upload_goes_in_parts_and_is_gone_on_with_where_it_broke_off()
    {
        var cut = new CutAfter(1);
        using var mesh = fixture.NewProject(cut, ClientMesh.Impatient);
        var artifacts = mesh.Project().Artifacts;
        var bytes = new byte[(2 * 32 << 20) + 1000];
        new Random(3).NextBytes(bytes);
        await Should.ThrowAsync<MeshException>(() => artifacts.UploadAsync("large", bytes));
        cut.Passed.ShouldBe(1);

        cut.Left = int.MaxValue;
        var version = await artifacts.UploadAsync("large", bytes);
        (version.Version, version.Size).ShouldBe((1, bytes.Length));
        cut.Passed.ShouldBe(3);
        (await artifacts.DownloadBytesAsync("large")).AsSpan().SequenceEqual(bytes).ShouldBeTrue();
        await artifacts.UploadAsync("again", bytes);
        cut.Passed.ShouldBe(3);
        (await artifacts.GetStorageAsync()).ShouldBe(new ProjectStorageInfo(1, bytes.Length, 0, null, false));
    }

    /// <summary>Lets so many parts pass and breaks the connections of the others.</summary>
    private sealed class CutAfter(int left) : DelegatingHandler
    {
        private int _passed;

        public int Left { get; set; } = left;

        public int Passed => _passed;

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (!request.RequestUri!.AbsolutePath.Contains("/parts/", StringComparison.Ordinal)) return await base.SendAsync(request, cancellationToken);
            if (Interlocked.Increment(ref _passed) > Left)
            {
                Interlocked.Decrement(ref _passed);
                throw new HttpRequestException(HttpRequestError.ResponseEnded, "Broken.");
            }

            // What passes does so to its end, whatever becomes of the others.
            return await base.SendAsync(request, default);
        }
    }

    [Fact]
    public async Task A_stream_that_cannot_seek_goes_up_too()
    {
        using var mesh = fixture.NewProject();
        await using var inner = new MemoryStream(Encoding.UTF8.GetBytes(new string('x', 100_000)));
        await using var stream = new System.IO.Compression.GZipStream(inner, System.IO.Compression.CompressionLevel.Fastest);
        await using var packed = new MemoryStream();
        await using (var zip = new System.IO.Compression.GZipStream(packed, System.IO.Compression.CompressionLevel.Fastest, leaveOpen: true)) await inner.CopyToAsync(zip);
        packed.Position = 0;
        await using var unpacked = new System.IO.Compression.GZipStream(packed, System.IO.Compression.CompressionMode.Decompress);
        (await mesh.Project().Artifacts.UploadAsync("x", unpacked)).Size.ShouldBe(100_000);
    }

    [Fact]
    public async Task A_file_appears_only_once_it_is_whole()
    {
        using var mesh = fixture.NewProject();
        var folder = Directory.CreateTempSubdirectory("mesh-client-");
        try
        {
            var path = Path.Combine(folder.FullName, "model.bin");
            await Should.ThrowAsync<MeshException>(() => mesh.Project().Artifacts.DownloadFileAsync("nothing", path));
            folder.GetFiles().ShouldBeEmpty();
            await mesh.Project().Artifacts.UploadAsync("m", "content"u8.ToArray());
            await mesh.Project().Artifacts.DownloadFileAsync("m", path);
            (await File.ReadAllTextAsync(path)).ShouldBe("content");
            folder.GetFiles().Length.ShouldBe(1);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Corruption_on_the_way_is_noticed()
    {
        using var mesh = fixture.NewProject(new Corrupter());
        var version = await mesh.Project().Artifacts.UploadAsync("x", "original"u8.ToArray());
        using var target = new MemoryStream();
        (await Should.ThrowAsync<MeshException>(() => mesh.Project().Artifacts.DownloadBlobAsync(version.Digest, target))).Code.ShouldBe("content.corrupt");
    }

    [Fact]
    public async Task Models_are_registered_promoted_and_resolved()
    {
        using var mesh = fixture.NewProject();
        var models = mesh.Project().Models;
        await using var run = await RunContext.StartAsync(mesh, "train");
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "weights");
        var first = await run.LogModelAsync("churn", file, "other", Signature, metrics: new() { ["auc"] = 0.9 });
        await File.WriteAllTextAsync(file, "better weights");
        var second = await run.LogModelAsync("churn", file, "other", Signature);
        File.Delete(file);
        (first.Version, second.Version, first.RunId).ShouldBe((1, 2, run.Id));

        (await models.FindVersionAsync("churn", "champion")).ShouldBeNull();
        (await models.FindVersionAsync("nope", "champion")).ShouldBeNull();
        (await models.PromoteAsync("churn", new PromoteModel(1, Expected: 0))).Aliases["champion"].ShouldBe(1);
        (await Should.ThrowAsync<MeshException>(() => models.PromoteAsync("churn", new PromoteModel(2, Expected: 0)))).Problem.Status.ShouldBeOneOf(409, 412);
        (await models.MoveAliasAsync("churn", "candidate", new MoveAlias(2))).Aliases.Count.ShouldBe(2);
        (await models.ResolveAsync("churn")).Version.ShouldBe(2);
        (await models.ResolveAsync("churn@1")).Version.ShouldBe(1);
        (await models.ResolveAsync("churn@candidate")).Version.ShouldBe(2);
        using var content = new MemoryStream();
        await models.DownloadAsync(second, content);
        Encoding.UTF8.GetString(content.ToArray()).ShouldBe("better weights");
        await models.RemoveAliasAsync("churn", "candidate");
        (await models.ListAsync().SingleAsync()).Aliases.Keys.ShouldBe(["champion"]);
        (await models.VersionsAsync("churn").Select(v => v.Version).ToListAsync()).ShouldBe([2, 1]);

        (await models.LogMetricsAsync("churn", 1, new LogModelMetrics([new NewModelMetric("auc", 0.95, "s3://lake/test.csv")]))).Metrics["auc"].ShouldBe(0.95);
        (await models.MetricsAsync("churn", 1).Select(metric => (metric.Value, metric.Dataset, metric.Registered)).ToListAsync()).ShouldBe([(0.95, "s3://lake/test.csv", false), (0.9, null, true)]);
    }

    private sealed class Corrupter : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var response = await base.SendAsync(request, cancellationToken);
            if (request.Method == HttpMethod.Get && request.RequestUri!.AbsolutePath.Contains("/blobs/", StringComparison.Ordinal)) response.Content = new StringContent("tampered");
            return response;
        }
    }
}
