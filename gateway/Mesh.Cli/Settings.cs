using System.CommandLine;
using Mesh.Client;

namespace Mesh.Cli;

/// <summary>Options that every command takes.</summary>
internal static class Settings
{
    public static Option<bool> Json { get; } = new("--json") { Description = "Print JSON.", Recursive = true };

    public static Option<string?> Api { get; } = new("--api") { Description = "Address of the gateway (MESH_API; http://127.0.0.1:7070).", Recursive = true, HelpName = "url" };

    public static Option<string?> Project { get; } = new("--project", "-P") { Description = "Project (MESH_PROJECT).", Recursive = true, HelpName = "name" };

    public static Option<string?> Data { get; } = new("--data") { Description = "Data folder of the mesh on this machine (MESH_DATA; ~/.mesh).", Recursive = true, HelpName = "folder" };

    /// <summary>The data folder of the mesh on this machine.</summary>
    /// <exception cref="UsageException">It is named by nothing.</exception>
    public static string DataFolder(ParseResult parse) =>
        (parse.GetValue(Data) ?? MeshEnvironment.DataFolder()) is { Length: > 0 } folder ? Path.GetFullPath(folder) : throw new UsageException("--data takes a folder, not nothing.");

    /// <summary>The client that the options, the environment and the files of this machine describe.</summary>
    public static MeshClient Client(ParseResult parse)
    {
        if (parse.GetValue(Data) is not null) Environment.SetEnvironmentVariable("MESH_DATA", DataFolder(parse));
        var api = parse.GetValue(Api) ?? Environment.GetEnvironmentVariable("MESH_API") ?? Lifecycle.RunningMesh.Read(DataFolder(parse))?.Address;
        if (api is not null && !(Uri.TryCreate(api, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"))
            throw new UsageException($"The address of the gateway is a URL such as http://127.0.0.1:7070, not '{api}'.");
        if (api is not null) Environment.SetEnvironmentVariable("MESH_API", api);
        var options = MeshEnvironment.Options();
        return new MeshClient(options with
        {
            Project = parse.GetValue(Project) ?? options.Project,
            // A mesh that is not there is said at once; one that restarts under a verb that follows or waits is waited for.
            RetryFor = TimeSpan.FromSeconds(2),
            ReconnectFor = TimeSpan.FromMinutes(1),
        });
    }
}
