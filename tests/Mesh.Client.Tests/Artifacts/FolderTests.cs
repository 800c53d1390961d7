using System.Text;
using Mesh.Client.Artifacts;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;

namespace Mesh.Client.Tests.Artifacts;

public sealed class FolderTests(ClientMesh fixture) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mesh-folder-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_folder_goes_up_and_comes_down_and_only_what_changed_is_sent()
    {
        using var mesh = fixture.NewProject();
        var artifacts = mesh.Project().Artifacts;
        Write("in/a.txt", "first");
        Write("in/.hidden", "hidden");
        Write("in/sub/größe.bin", new string('x', 100_000));
        Directory.CreateDirectory(Path.Combine(_folder, "in", "empty"));
        File.CreateSymbolicLink(Path.Combine(_folder, "in", "link"), Path.Combine(_folder, "in", "a.txt"));

        var first = await artifacts.UploadFolderAsync("data", Path.Combine(_folder, "in"));
        (first.Version.Kind, first.Files, first.Sent).ShouldBe((ArtifactKind.Directory, 4, 3));
        first.EmptyFolders.ShouldBe(["empty"]);
        Write("in/a.txt", "changed");
        var second = await artifacts.UploadFolderAsync("data", Path.Combine(_folder, "in"));
        (second.Version.Version, second.Files, second.Sent, second.SentBytes).ShouldBe((2, 4, 1, 7));

        await artifacts.MoveTagAsync("data", "old", new MoveTag(1, 0));
        var target = Path.Combine(_folder, "out");
        var down = await artifacts.DownloadFolderAsync("data", target);
        (down.Files, down.Received).ShouldBe((4, 4));
        (await File.ReadAllTextAsync(Path.Combine(target, "a.txt"))).ShouldBe("changed");
        (await File.ReadAllTextAsync(Path.Combine(target, ".hidden"))).ShouldBe("hidden");
        (await artifacts.DownloadFolderAsync("data", target)).Received.ShouldBe(0);
        (await artifacts.DownloadFolderAsync("data", target, "@old")).Received.ShouldBe(2);
        (await File.ReadAllTextAsync(Path.Combine(target, "a.txt"))).ShouldBe("first");

        var part = Path.Combine(_folder, "part");
        (await artifacts.DownloadFolderAsync("data", part, "2", "sub")).Files.ShouldBe(1);
        Directory.GetFiles(part, "*", SearchOption.AllDirectories).ShouldBe([Path.Combine(part, "sub", "größe.bin")]);
    }

    [Fact]
    public async Task Links_that_lead_outside_are_refused_both_ways()
    {
        using var mesh = fixture.NewProject();
        var artifacts = mesh.Project().Artifacts;
        Write("secret", "secret");
        Write("in/a", "a");
        var link = Path.Combine(_folder, "in", "link");
        File.CreateSymbolicLink(link, "../secret");
        (await Should.ThrowAsync<IOException>(() => artifacts.UploadFolderAsync("data", Path.Combine(_folder, "in")))).Message.ShouldContain("leads outside");
        File.Delete(link);
        Directory.CreateSymbolicLink(link, "..");
        (await Should.ThrowAsync<IOException>(() => artifacts.UploadFolderAsync("data", Path.Combine(_folder, "in")))).Message.ShouldContain("link to a folder");
        Directory.Delete(link);
        File.CreateSymbolicLink(link, "none");
        (await Should.ThrowAsync<IOException>(() => artifacts.UploadFolderAsync("data", Path.Combine(_folder, "in")))).Message.ShouldContain("link to nothing");
        (await artifacts.ListAsync().ToListAsync()).ShouldBeEmpty();
        File.Delete(link);

        Write("in/sub/b", "b");
        await artifacts.UploadFolderAsync("data", Path.Combine(_folder, "in"));
        Directory.CreateDirectory(Path.Combine(_folder, "elsewhere"));
        Directory.CreateDirectory(Path.Combine(_folder, "out"));
        Directory.CreateSymbolicLink(Path.Combine(_folder, "out", "sub"), Path.Combine(_folder, "elsewhere"));
        File.CreateSymbolicLink(Path.Combine(_folder, "out", "a"), Path.Combine(_folder, "secret"));
        (await Should.ThrowAsync<IOException>(() => artifacts.DownloadFolderAsync("data", Path.Combine(_folder, "out")))).Message.ShouldContain("is a link");
        Directory.GetFiles(Path.Combine(_folder, "elsewhere")).ShouldBeEmpty();
        (await File.ReadAllTextAsync(Path.Combine(_folder, "secret"))).ShouldBe("secret");
    }

    [Fact]
    public async Task Versions_are_tagged_found_looked_at_and_deleted()
    {
        using var mesh = fixture.NewProject();
        var artifacts = mesh.Project().Artifacts;
        await artifacts.UploadAsync("notes", "hello"u8.ToArray(), new UploadSpec { FileName = "notes.md", Labels = new() { ["team"] = "red" } });
        await artifacts.UploadAsync("notes", "second"u8.ToArray());
        (await artifacts.MoveTagAsync("notes", "best", new MoveTag(1))).Tags!["best"].ShouldBe(1);
        (await artifacts.ResolveAsync("notes", "@best")).Version.ShouldBe(1);
        (await artifacts.ResolveAsync(new MeshUri(mesh.Options.Project!, "file", "notes", Tag: "best"))).Version.ShouldBe(1);
        (await artifacts.SearchAsync(new VersionQuery { Labels = new Dictionary<string, string> { ["team"] = "red" }, Text = "NOTE", Tag = "best" }).SingleAsync()).Version.ShouldBe(1);
        (await artifacts.PreviewAsync("notes", "@best")).Text.ShouldBe("hello");
        (await Should.ThrowAsync<MeshException>(() => artifacts.DeleteVersionAsync("notes", "1"))).Problem.Code.ShouldBe("artifact.in-use");
        await artifacts.RemoveTagAsync("notes", "best", 1);
        (await artifacts.RetainAsync("notes", "1", new VersionRetention(RetentionClass.Temporary, Days: 1))).ExpiresAt.ShouldNotBeNull();
        await artifacts.DeleteVersionAsync("notes", "1");
        await artifacts.DeleteAsync("notes", DeletionStrategy.MetadataOnly);
        (await artifacts.ListAsync().ToListAsync()).ShouldBeEmpty();
    }

    private void Write(string path, string content)
    {
        var full = Path.Combine(_folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, content, new UTF8Encoding(false));
    }
}
