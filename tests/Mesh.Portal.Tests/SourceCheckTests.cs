using System.Diagnostics;
using Mesh.Testing;

namespace Mesh.Portal.Tests;

/// <summary>The portal's own checks, with the types of the API as it is.</summary>
[Collection(OnPortalMesh.Name)]
public sealed class SourceCheckTests(PortalMesh mesh)
{
    [Fact]
    public async Task Types_style_and_component_tests_hold()
    {
        var document = Path.Combine(RepositoryPath.Root, "artifacts", "portal-openapi.json");
        using (var http = new HttpClient()) await File.WriteAllTextAsync(document, await http.GetStringAsync($"{mesh.Address}/openapi/v1.json"));
        var start = new ProcessStartInfo("npm", ["run", "check"])
        {
            WorkingDirectory = Path.Combine(RepositoryPath.Root, "gateway", "portal"),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["MESH_OPENAPI"] = document;
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        process.ExitCode.ShouldBe(0, $"{await output}\n{await error}");
    }
}
