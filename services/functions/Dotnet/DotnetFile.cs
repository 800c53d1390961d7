using System.Globalization;
using Mesh.Client;
using Mesh.Contracts;
using Mesh.Functions.Code;
using Mesh.Functions.Execution;
using Mesh.Functions.Queue;

namespace Mesh.Functions.Dotnet;

/// <summary>Programs of .NET that are one file, run by <c>dotnet run train.cs</c>: they find Mesh's client as Python finds <c>mesh.py</c>, and a worker without an SDK for them says so.</summary>
internal static class DotnetFile
{
    /// <summary>The first SDK that runs single files.</summary>
    private const int LeastSdk = 10;

    // Found by the SDK above the file; one of the user's own can import what it imports.
    private const string Entry = "Directory.Build.targets";
    private const string EntryText = "<Project><Import Project=\"$(MSBuildThisFileDirectory).mesh/dotnet/Mesh.targets\" /></Project>\n";

    // A single file is built as if it were to be compiled ahead of time, without reflection in JSON, which the client needs. A compiler that several jobs share would end with the first of them.
    private const string Targets = """
        <Project>
          <PropertyGroup>
            <PublishAot>false</PublishAot>
            <JsonSerializerIsReflectionEnabledByDefault>true</JsonSerializerIsReflectionEnabledByDefault>
            <UseSharedCompilation>false</UseSharedCompilation>
          </PropertyGroup>
          <ItemGroup>
            <Reference Include="$(MSBuildThisFileDirectory)Mesh.Client.dll" />
            <Reference Include="$(MSBuildThisFileDirectory)Mesh.Contracts.dll" />
          </ItemGroup>
        </Project>

        """;

    /// <summary>The file that a command runs; null when it is another command.</summary>
    public static string? Of(IReadOnlyList<string> command) => command switch
    {
        ["dotnet", "run", var file, ..] when IsFile(file) => file,
        ["dotnet", "run", "--file", var file, ..] when IsFile(file) => file,
        _ => null,
    };

    /// <summary>Lays out what the file is built with.</summary>
    public static async Task LayOutAsync(Staged staged, Dictionary<string, string> variables, CancellationToken ct)
    {
        if (Of(staged.Job.Work.Command) is null) return;
        var folder = Directory.CreateDirectory(staged.OwnPath("dotnet")).FullName;
        foreach (var assembly in new[] { typeof(MeshClient).Assembly, typeof(MeshJson).Assembly })
            File.Copy(assembly.Location, Path.Combine(folder, Path.GetFileName(assembly.Location)), overwrite: true);
        await File.WriteAllTextAsync(Path.Combine(folder, "Mesh.targets"), Targets, ct);
        var entry = Path.Combine(staged.Folder.Work, Entry);
        if (!Path.Exists(entry)) await File.WriteAllTextAsync(entry, EntryText, ct);
        variables.TryAdd("MSBUILDDISABLENODEREUSE", "1");
        variables.TryAdd("DOTNET_CLI_USE_MSBUILD_SERVER", "0");
        variables.TryAdd("DOTNET_CLI_TELEMETRY_OPTOUT", "1");
        variables.TryAdd("DOTNET_NOLOGO", "1");
    }

    /// <summary>Looks for an SDK before anything of the job runs.</summary>
    /// <exception cref="AttemptFailedException">There is none that runs single files.</exception>
    public static async Task RequireAsync(Staged staged, IReadOnlyDictionary<string, string> variables, CancellationToken ct)
    {
        if (Of(staged.Job.Work.Command) is not { } file) return;
        var needs = $"'{file}' is run by the SDK of .NET {LeastSdk} or newer, which the worker does not have: ";
        var (dotnet, fault) = Programs.Find("dotnet", variables.GetValueOrDefault("PATH"), staged.Folder.Work);
        if (dotnet is null) throw new AttemptFailedException(needs + fault);
        var environment = Tool.Environment(staged.Folder.Work);
        if (variables.TryGetValue("DOTNET_ROOT", out var root)) environment["DOTNET_ROOT"] = root;
        var listed = await Tool.RunAsync([dotnet, "--list-sdks"], environment, staged.Folder.Work, null, ct);
        // Each line is as "10.0.100 [/usr/share/dotnet/sdk]".
        var versions = listed.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')[0]).ToList();
        if (!versions.Any(version => int.TryParse(version.Split('.')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var major) && major >= LeastSdk))
            throw new AttemptFailedException($"{needs}{dotnet} has {(versions.Count == 0 ? "no SDK" : string.Join(", ", versions))}.");
    }

    private static bool IsFile(string argument) => argument.EndsWith(".cs", StringComparison.OrdinalIgnoreCase);
}
