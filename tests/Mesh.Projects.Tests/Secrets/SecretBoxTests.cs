using System.Security.Cryptography;
using Mesh.Projects.Secrets;

namespace Mesh.Projects.Tests.Secrets;

public sealed class SecretBoxTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mesh-secrets-").FullName;
    private readonly SecretBox _box = new(RandomNumberGenerator.GetBytes(32));

    [Theory]
    [InlineData("x")]
    [InlineData("päss\nwörd ✓")]
    public void What_is_sealed_opens(string value)
    {
        var sealed1 = _box.Seal("demo", "key", value);
        _box.Open("demo", sealed1).ShouldBe(value);
        // By chance one byte may be the same twice; sixteen are not.
        _box.Seal("demo", "key", value).Tag.ShouldNotBe(sealed1.Tag);
    }

    [Fact]
    public void A_value_does_not_open_elsewhere()
    {
        var secret = _box.Seal("demo", "key", "value");
        Should.Throw<SecretSealedException>(() => _box.Open("other", secret));
        Should.Throw<SecretSealedException>(() => _box.Open("demo", secret with { Id = "other" }));
        Should.Throw<SecretSealedException>(() => _box.Open("demo", secret with { Tag = new byte[16] }));
    }

    [Fact]
    public void Another_key_is_named()
    {
        var secret = _box.Seal("demo", "key", "value");
        Should.Throw<SecretSealedException>(() => new SecretBox(RandomNumberGenerator.GetBytes(32)).Open("demo", secret)).Message.ShouldContain(secret.KeyId);
    }

    [Fact]
    public async Task The_key_is_made_once_and_only_its_owner_reads_it()
    {
        var path = Path.Combine(_folder, "keys", "secrets.key");
        var keys = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => new FileSecretKey(path).ReadAsync(TestContext.Current.CancellationToken))));
        foreach (var key in keys) key.ShouldBe(keys[0]);
        if (!OperatingSystem.IsWindows()) File.GetUnixFileMode(path).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Directory.GetFiles(Path.GetDirectoryName(path)!).Length.ShouldBe(1);
    }

    [Fact]
    public async Task A_file_that_holds_no_key_is_said_to_be_none()
    {
        var path = Path.Combine(_folder, "broken.key");
        await File.WriteAllTextAsync(path, "short", TestContext.Current.CancellationToken);
        (await Should.ThrowAsync<InvalidOperationException>(async () => await new FileSecretKey(path).ReadAsync(default))).Message.ShouldContain("broken.key");
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
