using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Mesh.Artifacts.Blobs;
using Mesh.Testing;

namespace Mesh.Artifacts.Tests.Blobs;

/// <summary>Text is kept packed; nobody who reads it sees that.</summary>
public sealed class PackedBlobTests : IDisposable
{
    private static readonly byte[] Csv = File.ReadAllBytes(RepositoryPath.Of("tests/data/breast_cancer.csv"));
    private readonly string _root = Directory.CreateTempSubdirectory("mesh-packed-").FullName;
    private readonly LocalBlobStore _store;

    public PackedBlobTests() => _store = new LocalBlobStore(_root);

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Theory]
    [InlineData(4096)]
    [InlineData(PackedFile.ChunkBytes - 1)]
    [InlineData(PackedFile.ChunkBytes)]
    [InlineData(PackedFile.ChunkBytes + 1)]
    [InlineData((3 * PackedFile.ChunkBytes) + 77)]
    public async Task Text_is_smaller_in_the_folder_and_the_same_to_readers_and_to_gzip(int size)
    {
        var text = TextOf(size);
        var digest = await KeepAsync(text);

        var path = Directory.GetFiles(_root, "*", SearchOption.AllDirectories).ShouldHaveSingleItem();
        Path.GetFileName(path).ShouldBe($"{digest}.gz");
        new FileInfo(path).Length.ShouldBeLessThan(size * 3 / 4);
        await using var stream = (await _store.OpenAsync(digest, default))!;
        stream.Length.ShouldBe(size);
        (await BytesAsync(stream)).ShouldBe(text);
        await using var plain = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
        (await BytesAsync(plain)).ShouldBe(text);
    }

    [Fact]
    public async Task Any_part_can_be_read_in_any_order()
    {
        var text = TextOf(1_000_003);
        await using var stream = (await _store.OpenAsync(await KeepAsync(text), default))!;
        var random = new Random(7);
        for (var i = 0; i < 300; i++)
        {
            var (from, count) = (random.Next(text.Length), random.Next(1, 400_000));
            stream.Position = from;
            var part = new byte[Math.Min(count, text.Length - from)];
            await stream.ReadExactlyAsync(part);
            part.AsSpan().SequenceEqual(text.AsSpan(from, part.Length)).ShouldBeTrue();
        }

        stream.Seek(0, SeekOrigin.End);
        (await stream.ReadAsync(new byte[1])).ShouldBe(0);
    }

    [Theory]
    [MemberData(nameof(NoText))]
    public async Task What_is_no_text_or_too_small_is_kept_as_it_is(string what, byte[] bytes)
    {
        var digest = await KeepAsync(bytes);
        Path.GetFileName(Directory.GetFiles(_root, "*", SearchOption.AllDirectories).ShouldHaveSingleItem()).ShouldBe(digest, what);
        await using var stream = (await _store.OpenAsync(digest, default))!;
        (await BytesAsync(stream)).ShouldBe(bytes);
    }

    public static TheoryData<string, byte[]> NoText => new()
    {
        { "small", TextOf(4095) },
        { "random", RandomNumberGenerator.GetBytes(10_000) },
        { "a zero among text", [.. TextOf(10_000), 0, .. TextOf(10_000)] },
        { "Latin-1", Encoding.Latin1.GetBytes(string.Concat(Enumerable.Repeat("Größe\n", 2000))) },
        { "text that does not become smaller", Encoding.ASCII.GetBytes(Convert.ToBase64String(RandomNumberGenerator.GetBytes(20_000))) },
    };

    [Fact]
    public async Task A_character_across_the_end_of_a_chunk_is_text_still()
    {
        var text = Encoding.UTF8.GetBytes("x" + string.Concat(Enumerable.Repeat("größer 温度 🌡 ", 40_000)));
        await using var stream = (await _store.OpenAsync(await KeepAsync(text), default))!;
        stream.ShouldBeOfType<PackedStream>();
        (await BytesAsync(stream)).ShouldBe(text);
    }

    [Fact]
    public async Task Text_that_ends_in_other_bytes_is_the_same()
    {
        byte[] bytes = [.. TextOf(PackedFile.ChunkBytes), .. RandomNumberGenerator.GetBytes(PackedFile.ChunkBytes + 5)];
        await using var stream = (await _store.OpenAsync(await KeepAsync(bytes), default))!;
        (await BytesAsync(stream)).ShouldBe(bytes);
    }

    [Fact]
    public async Task It_is_kept_once_beside_a_plain_file_of_before_and_both_go_together()
    {
        var text = TextOf(50_000);
        var digest = Convert.ToHexStringLower(SHA256.HashData(text));
        var plain = Path.Combine(_root, digest[..2], digest);
        await File.WriteAllBytesAsync(plain, text);
        await KeepAsync(text);
        Directory.GetFiles(_root, "*", SearchOption.AllDirectories).ShouldBe([plain]);

        await _store.DeleteAsync(digest, default);
        await KeepAsync(text);
        await KeepAsync(text);
        Directory.GetFiles(_root, "*", SearchOption.AllDirectories).ShouldBe([$"{plain}.gz"]);
        await _store.DeleteAsync(digest, default);
        Directory.GetFiles(_root, "*", SearchOption.AllDirectories).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(17)]
    [InlineData(5000)]
    [InlineData(-1)]
    public async Task A_changed_byte_is_an_error_and_no_other_text(int at)
    {
        var text = TextOf(600_000);
        var path = Path.Combine(_root, (await KeepAsync(text))[..2]);
        path = Directory.GetFiles(path).Single();
        var packed = await File.ReadAllBytesAsync(path);
        packed[at < 0 ? packed.Length + at - 8 : at] ^= 0x40;
        await File.WriteAllBytesAsync(path, packed);
        await Should.ThrowAsync<InvalidDataException>(async () =>
        {
            await using var stream = (await _store.OpenAsync(Path.GetFileNameWithoutExtension(path), default))!;
            await BytesAsync(stream);
        });
    }

    [Fact]
    public async Task Parts_are_packed_too_and_put_together()
    {
        var (text, place) = (TextOf(300_000), new PartPlace(Guid.CreateVersion7(), Guid.CreateVersion7()));
        await using (var staged = (await _store.StageAsync(new MemoryStream(text), long.MaxValue, default))!) await staged.KeepAsPartAsync(place, default);
        await using (var part = (await _store.OpenPartAsync(place, default))!) (await BytesAsync(part)).ShouldBe(text);
        await _store.DeletePartAsync(place, default);
        (await _store.OpenPartAsync(place, default)).ShouldBeNull();
    }

    private static byte[] TextOf(int size)
    {
        var text = new byte[size];
        for (var at = 0; at < size; at += Csv.Length) Csv.AsSpan(0, Math.Min(Csv.Length, size - at)).CopyTo(text.AsSpan(at));
        return text;
    }

    private async Task<string> KeepAsync(byte[] bytes)
    {
        await using var staged = (await _store.StageAsync(new MemoryStream(bytes), long.MaxValue, default))!;
        (staged.Digest, staged.Size).ShouldBe((Convert.ToHexStringLower(SHA256.HashData(bytes)), bytes.Length));
        await staged.KeepAsync(default);
        return staged.Digest;
    }

    private static async Task<byte[]> BytesAsync(Stream stream)
    {
        var bytes = new MemoryStream();
        await stream.CopyToAsync(bytes);
        return bytes.ToArray();
    }
}
