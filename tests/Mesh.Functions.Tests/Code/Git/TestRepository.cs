using System.Diagnostics;

namespace Mesh.Functions.Tests.Code.Git;

/// <summary>A repository in a folder.</summary>
internal sealed record TestRepository(string Folder)
{
    public string Name => Path.GetFileName(Folder);

    public string Url => $"file://{Folder}";

    /// <summary>A new one with <c>src/hello.sh</c>, which prints "first".</summary>
    public static async Task<TestRepository> CreateAsync(string root)
    {
        var repository = new TestRepository(Path.Combine(root, $"{Guid.CreateVersion7():N}"));
        Directory.CreateDirectory(repository.Folder);
        await repository.GitAsync("init", "--quiet", "--initial-branch=main");
        await repository.CommitAsync("src/hello.sh", "echo first\n");
        return repository;
    }

    /// <summary>Commits a file, and gives the commit.</summary>
    public Task<string> CommitAsync(string path, string text) => CommitAsync(path, System.Text.Encoding.UTF8.GetBytes(text));

    public async Task<string> CommitAsync(string path, byte[] content)
    {
        var file = Path.Combine(Folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        await File.WriteAllBytesAsync(file, content);
        await GitAsync("add", "--all");
        await GitAsync("-c", "user.name=ada", "-c", "user.email=ada@example.com", "commit", "--quiet", "-m", path);
        return await GitAsync("rev-parse", "HEAD");
    }

    public Task<string> GitAsync(params string[] arguments) => RunAsync("git", Folder, arguments);

    public static async Task<string> RunAsync(string program, string folder, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        process.ExitCode.ShouldBe(0, await errors);
        return output.Trim();
    }
}
