using System.Diagnostics;

namespace Mesh.Benchmarks.Load;

/// <summary>The <c>mesh</c> command of a clone, as a person calls it.</summary>
/// <param name="Root">The clone.</param>
internal sealed record Launcher(string Root)
{
    /// <summary>Runs a verb to its end.</summary>
    /// <exception cref="InvalidOperationException">It failed; the message holds what it said.</exception>
    public Task RunAsync(params string[] arguments) => RunAsync(Path.Combine(Root, "mesh"), arguments);

    /// <summary>Makes a clone of a repository as it is committed.</summary>
    public static async Task<Launcher> CloneAsync(string repository, string folder)
    {
        await RunAsync("git", ["clone", "--quiet", repository, folder]);
        return new Launcher(folder);
    }

    private static async Task RunAsync(string program, string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var said = Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} failed: {string.Concat(await said).Trim()}");
    }
}
