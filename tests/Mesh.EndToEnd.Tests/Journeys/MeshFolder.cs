using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Mesh.Client;
using Mesh.EndToEnd.Tests.Running;
using Mesh.Testing;

namespace Mesh.EndToEnd.Tests.Journeys;

/// <summary>What a command answered.</summary>
internal sealed record Answer(int Code, string Output, string Error)
{
    /// <summary>The one JSON value on standard output.</summary>
    public JsonElement Json() => JsonDocument.Parse(Output).RootElement;
}

/// <summary>A data folder, empty at first, with the built <c>mesh</c> command in front of it, as a user has it at a terminal.</summary>
internal sealed class MeshFolder : IAsyncDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("mesh-journey-");

    public MeshFolder()
    {
        // PostgreSQL runs as another user when this runs as root, and must be able to pass.
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(_root.FullName, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        Work = _root.CreateSubdirectory("work").FullName;
    }

    /// <summary>The data folder.</summary>
    public string Data => Path.Combine(_root.FullName, "data");

    /// <summary>A folder beside it, where commands are typed.</summary>
    public string Work { get; }

    /// <summary>A port for the gateway.</summary>
    public string Port { get; } = FreePorts.OfMesh().ToString(CultureInfo.InvariantCulture);

    /// <summary>Where the gateway is when the mesh was started on <see cref="Port"/>.</summary>
    public Uri Address => new($"http://127.0.0.1:{Port}");

    /// <summary>The assembly of the command.</summary>
    public static string Command => MeshUnderTest.Binary("Mesh.Cli", "mesh");

    /// <summary>A client with the first administrator's token.</summary>
    public MeshClient Client(string project) =>
        new(new MeshClientOptions { Api = Address, Token = File.ReadAllText(Path.Combine(Data, "admin.token")).Trim(), Project = project });

    /// <summary>Runs the command.</summary>
    public Task<Answer> MeshAsync(params string[] arguments) => MeshAsync("", arguments);

    /// <summary>Runs the command with something on its standard input.</summary>
    public Task<Answer> MeshAsync(string input, string[] arguments) => RunAsync(input, "dotnet", [Command, .. arguments]);

    /// <summary>Runs the command with <c>--json</c>: it must succeed, print one JSON value, and nothing else anywhere.</summary>
    public async Task<JsonElement> JsonAsync(params string[] arguments)
    {
        var answer = await MeshAsync([.. arguments, "--json"]);
        var typed = $"mesh {string.Join(' ', arguments)}";
        answer.Code.ShouldBe(0, $"{typed}: {answer.Error}");
        answer.Error.ShouldBeEmpty(typed);
        return answer.Json();
    }

    /// <summary>Runs any program with the data folder in its environment.</summary>
    public async Task<Answer> RunAsync(string input, string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = Work,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in (string[])["MESH_API", "MESH_TOKEN", "MESH_PROJECT"]) start.Environment.Remove(name);
        start.Environment["MESH_DATA"] = Data;
        using var process = Process.Start(start)!;
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new Answer(process.ExitCode, await output, await error);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await MeshAsync("down");
        if (Environment.GetEnvironmentVariable("MESH_TEST_KEEP") is null) _root.Delete(recursive: true);
    }
}
