using System.Security.Cryptography;
using Mesh.Artifacts.Blobs;

namespace Mesh.Artifacts.Tests.Blobs;

public sealed class LocalBlobStoreTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("mesh-blobs-").FullName;
    private readonly LocalBlobStore _store;

    public LocalBlobStoreTests() => _store = new LocalBlobStore(_root);

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(262_143)]
    [InlineData(262_144)]
    [InlineData(262_145)]
    [InlineData(1_000_003)]
    public async Task What_is_kept_is_what_was_read_and_named_by_its_hash(int size)
    {
        var bytes = RandomNumberGenerator.GetBytes(size);
        await using (var staged = (await _store.StageAsync(new Dribble(bytes), long.MaxValue, default))!)
        {
            staged.Digest.ShouldBe(Convert.ToHexStringLower(SHA256.HashData(bytes)));
            staged.Size.ShouldBe(size);
            (await _store.OpenAsync(staged.Digest, default)).ShouldBeNull();
            await staged.KeepAsync(default);
        }

        (await ReadAsync(SHA256.HashData(bytes))).ShouldBe(bytes);
        Files().Length.ShouldBe(1);
    }

    [Fact]
    public async Task The_same_content_is_stored_once()
    {
        var bytes = RandomNumberGenerator.GetBytes(1000);
        await KeepAsync(bytes);
        await KeepAsync(bytes);
        Files().Length.ShouldBe(1);
        (await ReadAsync(SHA256.HashData(bytes))).ShouldBe(bytes);
    }

    [Fact]
    public async Task What_is_not_kept_leaves_nothing()
    {
        await (await _store.StageAsync(new MemoryStream([1, 2, 3]), long.MaxValue, default))!.DisposeAsync();
        Files().ShouldBeEmpty();
    }

    [Theory]
    [InlineData(10, true)]
    [InlineData(9, false)]
    public async Task A_body_over_the_limit_is_not_taken(long limit, bool taken)
    {
        await using (var staged = await _store.StageAsync(new MemoryStream(new byte[10]), limit, default)) (staged is not null).ShouldBe(taken);
        Files().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_body_that_breaks_off_leaves_nothing()
    {
        await Should.ThrowAsync<IOException>(() => _store.StageAsync(new Dribble(new byte[500_000], breaks: true), long.MaxValue, default));
        Files().ShouldBeEmpty();
    }

    [Fact]
    public async Task Leftovers_of_dead_uploads_are_swept_and_living_ones_are_not()
    {
        await using var living = (await _store.StageAsync(new MemoryStream([1, 2, 3]), long.MaxValue, default))!;
        await File.WriteAllBytesAsync(Path.Combine(_root, "staging", "left-over"), [4, 5, 6]);

        (await new LocalBlobStore(_root).SweepAsync(default)).ShouldBe(1);

        Files().Length.ShouldBe(1);
        await living.KeepAsync(default);
        (await ReadAsync(SHA256.HashData([1, 2, 3]))).ShouldBe([1, 2, 3]);
    }

    [Fact]
    public async Task Who_reads_while_a_blob_is_deleted_reads_to_its_end()
    {
        var bytes = RandomNumberGenerator.GetBytes(100_000);
        var digest = await KeepAsync(bytes);
        await using var reader = (await _store.OpenAsync(digest, default))!;

        await _store.DeleteAsync(digest, default);
        await _store.DeleteAsync(digest, default);

        var read = new MemoryStream();
        await reader.CopyToAsync(read);
        read.ToArray().ShouldBe(bytes);
        (await _store.OpenAsync(digest, default)).ShouldBeNull();
    }

    [Fact]
    public async Task Only_the_owner_can_read_the_files()
    {
        if (OperatingSystem.IsWindows()) return;
        await KeepAsync([1]);
        File.GetUnixFileMode(Files().Single()).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    private async Task<string> KeepAsync(byte[] bytes)
    {
        await using var staged = (await _store.StageAsync(new MemoryStream(bytes), long.MaxValue, default))!;
        await staged.KeepAsync(default);
        return staged.Digest;
    }

    private async Task<byte[]> ReadAsync(byte[] hash)
    {
        await using var stream = (await _store.OpenAsync(Convert.ToHexStringLower(hash), default))!;
        var read = new MemoryStream();
        await stream.CopyToAsync(read);
        return read.ToArray();
    }

    private string[] Files() => Directory.GetFiles(_root, "*", SearchOption.AllDirectories);

    /// <summary>Gives its bytes in uneven pieces, as a network does; and may break off at the end.</summary>
    private sealed class Dribble(byte[] bytes, bool breaks = false) : MemoryStream(bytes)
    {
        private int _turn;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Task.Yield();
            var read = await base.ReadAsync(buffer[..Math.Min(buffer.Length, 1 + (_turn++ * 7919 % 65_536))], cancellationToken);
            return read == 0 && breaks ? throw new IOException("The connection broke.") : read;
        }
    }
}
