using Mesh.Hosting.Files;

namespace Mesh.Hosting.Tests.Files;

public sealed class FirstNameTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mesh-names-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Of_several_who_try_at_once_one_gives_the_name()
    {
        for (var round = 0; round < 200; round++)
        {
            var name = Path.Combine(_folder, $"name-{round}");
            var drafts = Enumerable.Range(0, 4).Select(i => Path.Combine(_folder, $"draft-{round}-{i}")).ToList();
            foreach (var draft in drafts) await File.WriteAllTextAsync(draft, draft, TestContext.Current.CancellationToken);
            using var start = new Barrier(drafts.Count);
            var taken = await Task.WhenAll(drafts.Select(draft => Task.Factory.StartNew(
                () =>
                {
                    start.SignalAndWait();
                    return FirstName.TryTake(draft, name);
                }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
            taken.Count(won => won).ShouldBe(1);
            (await File.ReadAllTextAsync(name, TestContext.Current.CancellationToken)).ShouldBe(drafts[taken.IndexOf(true)]);
        }
    }

    [Fact]
    public async Task Several_who_make_a_private_file_at_once_read_the_same()
    {
        var path = Path.Combine(_folder, "keys", "key");
        using var start = new Barrier(4);
        var read = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => Task.Factory.StartNew(
            () =>
            {
                start.SignalAndWait();
                PrivateFile.Create(path, $"{i}");
                return File.ReadAllText(path);
            }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        read.Distinct().Count().ShouldBe(1);
        Directory.GetFiles(Path.GetDirectoryName(path)!).ShouldBe([path]);
        if (!OperatingSystem.IsWindows()) File.GetUnixFileMode(path).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Fact]
    public void A_name_in_a_folder_that_is_not_there_is_an_error() =>
        Should.Throw<IOException>(() => FirstName.TryTake(typeof(FirstNameTests).Assembly.Location, Path.Combine(_folder, "gone", "name"))).Message.ShouldContain("gone");
}
