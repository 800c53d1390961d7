using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using Mesh.Artifacts.Blobs;
using Mesh.Artifacts.Blobs.S3;
using Mesh.Artifacts.Tests.Http;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Testing;

namespace Mesh.Artifacts.Tests.Blobs;

public sealed class S3BlobStoreTests(S3Server server)
{
    private const int Part = 256 * 1024;

    [Theory]
    [InlineData(0)]
    [InlineData(1000)]
    [InlineData(S3BlobStore.PieceBytes)]
    [InlineData((2 * S3BlobStore.PieceBytes) + 5)]
    public async Task What_is_kept_can_be_read_from_anywhere(int size)
    {
        using var store = await StoreAsync();
        var bytes = RandomNumberGenerator.GetBytes(size);
        var digest = TestProject.DigestOf(bytes);
        await using (var staged = await store.StageAsync(new MemoryStream(bytes), size, default))
        {
            (staged!.Digest, staged.Size).ShouldBe((digest, size));
            (await store.OpenAsync(digest, default)).ShouldBeNull();
            await staged.KeepAsync(default);
            await staged.KeepAsync(default);
        }

        await using (var stream = (await store.OpenAsync(digest, default))!)
        {
            stream.Length.ShouldBe(size);
            (await ReadAsync(stream)).ShouldBe(bytes);
            stream.Position = size / 2;
            (await ReadAsync(stream)).ShouldBe(bytes[(size / 2)..]);
        }

        await store.DeleteAsync(digest, default);
        await store.DeleteAsync(digest, default);
        (await store.OpenAsync(digest, default)).ShouldBeNull();
    }

    [Theory]
    [InlineData(1000)]
    [InlineData((2 * S3BlobStore.PieceBytes) + 5)]
    public async Task A_body_that_is_too_long_or_not_kept_leaves_nothing(int size)
    {
        var late = new LateClock();
        using var store = await StoreAsync(late);
        (await store.StageAsync(new MemoryStream(new byte[size]), size - 1, default)).ShouldBeNull();
        await using (await store.StageAsync(new MemoryStream(new byte[size]), size, default))
        {
        }

        await Should.ThrowAsync<IOException>(() => store.StageAsync(new Breaking(size), long.MaxValue, default));
        late.By = TimeSpan.FromDays(3);
        (await store.SweepAsync(default)).ShouldBe(0);
    }

    [Fact]
    public async Task What_a_dead_process_left_is_swept_after_two_days()
    {
        var late = new LateClock();
        using var store = await StoreAsync(late);
        // Never disposed, as after a crash.
        var staged = await store.StageAsync(new MemoryStream(new byte[S3BlobStore.PieceBytes + 1]), long.MaxValue, default);
        (await store.SweepAsync(default)).ShouldBe(0);
        late.By = TimeSpan.FromDays(3);
        (await store.SweepAsync(default)).ShouldBe(1);
        await staged!.DisposeAsync();
    }

    [Fact]
    public async Task Parts_lie_beside_the_blobs_until_they_are_removed()
    {
        using var store = await StoreAsync();
        var upload = Guid.CreateVersion7();
        var places = new[] { new PartPlace(upload, Guid.CreateVersion7()), new PartPlace(upload, Guid.CreateVersion7()) };
        foreach (var place in places)
        {
            await using var staged = await store.StageAsync(new MemoryStream([1, 2, 3]), 3, default);
            await staged!.KeepAsPartAsync(place, default);
        }

        (await store.UploadsAsync(default)).ShouldBe([upload]);
        await store.DeletePartAsync(places[0], default);
        (await store.OpenPartAsync(places[0], default)).ShouldBeNull();
        await using (var stream = (await store.OpenPartAsync(places[1], default))!) (await ReadAsync(stream)).ShouldBe([1, 2, 3]);
        await store.DeletePartsAsync(upload, default);
        (await store.UploadsAsync(default)).ShouldBeEmpty();
    }

    [Fact]
    public async Task The_service_keeps_its_blobs_in_the_bucket()
    {
        var s3 = await server.OptionsAsync();
        var postgres = await PostgresFixture.ServerConnectionStringAsync();
        var host = await ServiceHost.StartAsync(postgres, [new ArtifactsService()], settings: new Dictionary<string, string?>
        {
            ["Artifacts:S3:Endpoint"] = s3.Endpoint,
            ["Artifacts:S3:Bucket"] = s3.Bucket,
            ["Artifacts:S3:Prefix"] = s3.Prefix,
            ["Artifacts:S3:AccessKey"] = s3.AccessKey,
            ["Artifacts:S3:SecretKey"] = s3.SecretKey,
        });
        await using (host)
        {
            const string root = "/api/v1/projects/p/blobs";
            var ada = host.ClientFor("ada", Role.Editor, "p");
            var bytes = RandomNumberGenerator.GetBytes((2 * Part) + 10);
            var digest = TestProject.DigestOf(bytes);
            var upload = await TestProject.Read<BlobUpload>(
                await ada.PostAsync($"{root}/uploads", JsonContent.Create(new BeginUpload(digest, bytes.Length, Part), options: MeshJson.Strict)), HttpStatusCode.Created);
            foreach (var number in new[] { 3, 1, 2 })
            {
                var part = bytes[((number - 1) * Part)..Math.Min(number * Part, bytes.Length)];
                (await ada.PutAsync($"{root}/uploads/{upload.Id}/parts/{number}?digest={TestProject.DigestOf(part)}", new ByteArrayContent(part))).StatusCode.ShouldBe(HttpStatusCode.OK);
            }

            (await ada.PostAsync($"{root}/uploads/{upload.Id}/complete", null)).StatusCode.ShouldBe(HttpStatusCode.Created);
            (await ada.GetByteArrayAsync($"{root}/{digest}")).ShouldBe(bytes);
            using var range = new HttpRequestMessage(HttpMethod.Get, $"{root}/{digest}") { Headers = { Range = new RangeHeaderValue(Part - 5, Part + 5) } };
            var partial = await ada.SendAsync(range);
            partial.StatusCode.ShouldBe(HttpStatusCode.PartialContent);
            (await partial.Content.ReadAsByteArrayAsync()).ShouldBe(bytes[(Part - 5)..(Part + 6)]);

            var location = await TestProject.Read<BlobLocation>(await ada.GetAsync($"{root}/{digest}/location"));
            using var anybody = new HttpClient();
            (await anybody.GetByteArrayAsync(new Uri(location.Address))).ShouldBe(bytes);
            // The server at hand lets anybody read: only the form of the address can be seen here, not that another one is refused. The clock is the server's, to a second.
            location.Address.ShouldMatch("X-Amz-Expires=(8[4-9][0-9]|9[0-5][0-9])(&|$)");
            location.Address.ShouldContain("X-Amz-Signature=");
            await TestProject.Refused(
                await host.ClientFor("eve", Role.Editor, "q").GetAsync($"/api/v1/projects/q/blobs/{digest}/location"), HttpStatusCode.NotFound, "blob.unknown");

            var ledger = host.Service<BlobLedger>();
            await ledger.ForgetAsync("p", default);
            (await ledger.ReapAsync(default)).ShouldBe(1);
            (await anybody.GetAsync(new Uri(location.Address))).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        }

        await ServiceHost.DropAsync(postgres, host.Options.Database!);
    }

    private async Task<S3BlobStore> StoreAsync(TimeProvider? clock = null) => new(await server.OptionsAsync(), clock ?? TimeProvider.System);

    private static async Task<byte[]> ReadAsync(Stream stream)
    {
        using var memory = new MemoryStream();
        await stream.CopyToAsync(memory);
        return memory.ToArray();
    }

    private sealed class LateClock : TimeProvider
    {
        public TimeSpan By { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + By;
    }

    /// <summary>A body that breaks off after so many bytes.</summary>
    private sealed class Breaking(int size) : MemoryStream(new byte[size])
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            await base.ReadAsync(buffer, cancellationToken) is > 0 and var read ? read : throw new IOException("Broken off.");
    }
}
