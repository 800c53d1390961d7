using System.Net;
using System.Security.Cryptography;
using Mesh.Artifacts.Tests.Http;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Testing;

namespace Mesh.Artifacts.Tests.Blobs;

/// <summary>Scrubs read the blobs of every project: these tests have the store for themselves.</summary>
public sealed class BlobScrubTests : IAsyncLifetime
{
    private ServiceHost _host = null!;
    private HttpClient _ada = null!;

    public async ValueTask InitializeAsync()
    {
        _host = await ServiceHost.StartAsync(await PostgresFixture.ServerConnectionStringAsync(), [new ArtifactsService()]);
        _ada = _host.ClientFor("ada", Role.Editor, "p");
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await ServiceHost.DropAsync(_host.Options.Postgres, _host.Options.Database!);
    }

    [Fact]
    public async Task Damage_is_found_told_and_healed()
    {
        var contents = Enumerable.Range(0, 5).Select(_ => RandomNumberGenerator.GetBytes(300_000)).ToArray();
        var digests = contents.Select(TestProject.DigestOf).ToArray();
        foreach (var bytes in contents) await PutAsync(bytes);
        await SoundAsync();

        await using (var file = new FileStream(FileOf(digests[1]), FileMode.Open, FileAccess.ReadWrite))
        {
            file.Position = 299_999;
            file.WriteByte((byte)(contents[1][^1] ^ 1));
        }

        File.Delete(FileOf(digests[3]));
        var found = await ScrubAsync();
        found.Blobs.ShouldBe(5);
        found.Damaged.ShouldBe(new[] { digests[1], digests[3] }.Order(StringComparer.Ordinal));
        var damage = await TestProject.Read<Page<DamagedBlob>>(await _ada.GetAsync("/api/v1/projects/p/blobs/damage"));
        damage.Items.Select(blob => blob.Digest).ShouldBe(found.Damaged);
        damage.Items.Single(blob => blob.Digest == digests[3]).ActualDigest.ShouldBeNull();
        (await TestProject.Read<Page<DamagedBlob>>(await _host.ClientFor("eve", Role.Editor, "q").GetAsync("/api/v1/projects/q/blobs/damage"))).Items.ShouldBeEmpty();
        foreach (var bad in new[] { digests[1], digests[3] })
        {
            await TestProject.Refused(await _ada.GetAsync(PathOf(bad)), HttpStatusCode.Conflict, "blob.damaged");
            (await _ada.SendAsync(new HttpRequestMessage(HttpMethod.Head, PathOf(bad)))).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        }

        (await _ada.GetAsync(PathOf(digests[0]))).StatusCode.ShouldBe(HttpStatusCode.OK);

        foreach (var index in new[] { 1, 3 })
        {
            await PutAsync(contents[index]);
            (await _ada.GetByteArrayAsync(PathOf(digests[index]))).ShouldBe(contents[index]);
        }

        await SoundAsync();
        (await TestProject.Read<Page<DamagedBlob>>(await _ada.GetAsync("/api/v1/projects/p/blobs/damage"))).Items.ShouldBeEmpty();
    }

    [Fact]
    public async Task Damage_of_packed_text_is_found_and_healed()
    {
        var text = System.Text.Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("radius,texture\n17.99,10.38\n", 30_000)));
        var digest = TestProject.DigestOf(text);
        await PutAsync(text);
        (await ScrubAsync()).Damaged.ShouldBeEmpty();
        await using (var file = new FileStream($"{FileOf(digest)}.gz", FileMode.Open, FileAccess.ReadWrite)) file.SetLength(file.Length - 20);

        (await ScrubAsync()).Damaged.ShouldBe([digest]);
        await TestProject.Refused(await _ada.GetAsync(PathOf(digest)), HttpStatusCode.Conflict, "blob.damaged");
        await PutAsync(text);
        (await _ada.GetByteArrayAsync(PathOf(digest))).ShouldBe(text);
        var (blobs, bytes, damaged) = await ScrubAsync();
        (blobs, bytes).ShouldBe((1, text.Length));
        damaged.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_scrub_goes_on_where_the_one_before_ended()
    {
        for (byte i = 0; i < 5; i++) await PutAsync([i]);
        File.Delete(FileOf(TestProject.DigestOf([4])));
        (await ScrubAsync(2)).Damaged.ShouldBeEmpty();
        (await ScrubAsync(2)).Damaged.ShouldBeEmpty();
        (await ScrubAsync(2)).Damaged.ShouldBe([TestProject.DigestOf([4])]);
    }

    [Fact]
    public async Task Scrubs_are_for_the_platform() =>
        (await _ada.PostAsync("/internal/blobs/scrub", null)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);

    private async Task PutAsync(byte[] bytes) => (await _ada.PutAsync(PathOf(TestProject.DigestOf(bytes)), new ByteArrayContent(bytes))).IsSuccessStatusCode.ShouldBeTrue();

    private async Task<(long Blobs, long Bytes, string[] Damaged)> ScrubAsync(int limit = 1000)
    {
        var report = await TestProject.Read<ScrubReport>(await _host.ClientForService("artifacts").PostAsync($"/internal/blobs/scrub?limit={limit}", null));
        return (report.Blobs, report.Bytes, [.. report.Damaged.Order(StringComparer.Ordinal)]);
    }

    private async Task SoundAsync()
    {
        var (blobs, bytes, damaged) = await ScrubAsync();
        (blobs, bytes).ShouldBe((5, 1_500_000));
        damaged.ShouldBeEmpty();
    }

    private static string PathOf(string digest) => $"/api/v1/projects/p/blobs/{digest}";

    private string FileOf(string digest) => Path.Combine(_host.Options.DataPath, "blobs", digest[..2], digest);
}
