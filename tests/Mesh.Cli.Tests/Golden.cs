using Mesh.Cli.Tests.Tracking;
using Mesh.Testing;

namespace Mesh.Cli.Tests;

/// <summary>What commands print, against <c>Golden/</c>.</summary>
internal static class Golden
{
    /// <returns>What stands on standard error.</returns>
    public static async Task<string> PrintsAsync(StubMesh mesh, string golden, int exitCode, params string[] arguments)
    {
        var (code, output, error) = await mesh.RunAsync(arguments);
        code.ShouldBe(exitCode, error);
        var path = RepositoryPath.Of($"tests/Mesh.Cli.Tests/Golden/{golden}.txt");
        if (Environment.GetEnvironmentVariable("MESH_UPDATE_GOLDEN") == "1") await File.WriteAllTextAsync(path, Lines(output) + "\n");
        Lines(output).ShouldBe(Lines(await File.ReadAllTextAsync(path)));
        return error;
    }

    /// <summary>Lines without what cells are padded with: what stands at the end of a line is of no matter.</summary>
    public static string Lines(string text) => string.Join('\n', text.Split('\n').Select(line => line.TrimEnd())).Trim('\n');
}
