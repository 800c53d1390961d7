using Mesh.Client;
using Mesh.Client.Artifacts;
using Mesh.Contracts.Artifacts;
using Mesh.Contracts.Functions;
using Mesh.Functions.Code;
using Mesh.Functions.Queue;
using Microsoft.Extensions.Options;

namespace Mesh.Functions.Outputs;

/// <summary>Keeps what a job made, as its function declares it, as artifacts of its run.</summary>
internal sealed class OutputKeeper(IJobMesh mesh, IOptions<FunctionsOptions> options)
{
    private static readonly EnumerationOptions Everything = new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint, MatchType = MatchType.Simple };

    /// <exception cref="AttemptFailedException">An output is not there, or is none that may be kept.</exception>
    public async Task KeepAsync(Staged staged, CancellationToken ct)
    {
        var specs = staged.Content!.Outputs!;
        var found = specs.Select(spec => (Spec: spec, Files: Find(staged.Folder.Work, spec))).ToList();
        // First whether all is there: a job without one of its outputs has failed, and keeps none.
        if (found.FirstOrDefault(output => output.Files.Count == 0 && output.Spec.Required) is { Spec: { } missing })
            throw new AttemptFailedException($"The output '{missing.Name}' is not there: the job ended well, but made no '{missing.Path}' in its working folder.");
        using var client = mesh.Open(staged.Key.Project, staged.Key.JobId);
        var places = await OwnedAsync(staged, [.. found.SelectMany(output => output.Files).Distinct(StringComparer.Ordinal)], ct);
        try
        {
            foreach (var (spec, files) in found.Where(output => output.Files.Count > 0)) await KeepAsync(client.Project(), staged, spec, files, places, ct);
        }
        finally
        {
            if (places != staged.Folder.Work) Directory.Delete(places, recursive: true);
        }
    }

    private static async Task KeepAsync(ProjectClient project, Staged staged, OutputSpec spec, IReadOnlyList<string> files, string places, CancellationToken ct)
    {
        try
        {
            var version = await UploadAsync(project, staged, spec, files, places, ct);
            staged.Output.Note($"Kept the output '{spec.Name}' as {version.Key} version {version.Version}.");
        }
        catch (MeshException e) when ((int)e.Status is >= 400 and < 500)
        {
            throw new AttemptFailedException($"The output '{spec.Name}' was refused: {e.Message}");
        }
    }

    private static async Task<ArtifactVersion> UploadAsync(
        ProjectClient project, Staged staged, OutputSpec spec, IReadOnlyList<string> files, string root, CancellationToken ct)
    {
        var upload = new UploadSpec { Kind = spec.Kind, RunId = Guid.Parse(staged.Key.JobId), Labels = new() { ["output"] = spec.Name } };
        if (files is [var single] && (IsPattern(spec.Path) || single == spec.Path))
            return await project.Artifacts.UploadFileAsync(spec.Key ?? spec.Name, Path.Combine(root, single), upload, ct);
        var top = IsPattern(spec.Path) ? CommonFolder(files) : spec.Path.TrimEnd('/') + "/";
        return (await project.Artifacts.UploadFilesAsync(
            spec.Key ?? spec.Name, [.. files.Select(file => (file[top.Length..], Path.Combine(root, file)))], upload with { FileName = Path.GetFileName(top.TrimEnd('/')) is { Length: > 0 } name ? name : spec.Name }, ct)).Version;
    }

    /// <summary>
    /// Where the files can be read. A job of another user may have put links there that lead to what only the service can read: they are read with the
    /// rights of the job's user, into a folder of the service's own.
    /// </summary>
    private async Task<string> OwnedAsync(Staged staged, IReadOnlyList<string> files, CancellationToken ct)
    {
        if (options.Value.RunsAs is not { } user) return staged.Folder.Work;
        var copies = staged.Folder.Work + ".outputs";
        Directory.CreateDirectory(copies);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(copies, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await user.ReadAsync(staged.Folder.Work, files, copies, ct);
        return copies;
    }

    /// <summary>The files of an output, as paths of the working folder with slashes; none when it is not there.</summary>
    internal static IReadOnlyList<string> Find(string work, OutputSpec spec)
    {
        if (!IsPattern(spec.Path))
        {
            var place = Path.Combine(work, spec.Path);
            if (File.Exists(place)) return IsLinked(work, spec.Path) ? [] : [spec.Path];
            if (!Directory.Exists(place) || IsLinked(work, spec.Path)) return [];
            return [.. Directory.EnumerateFiles(place, "*", Everything).Select(file => Relative(work, file)).Order(StringComparer.Ordinal)];
        }

        var pattern = PathPattern.ToRegex(spec.Path);
        return [.. Directory.EnumerateFiles(work, "*", Everything).Select(file => Relative(work, file))
            .Where(path => !path.StartsWith($"{Staged.Own}/", StringComparison.Ordinal) && pattern.IsMatch(path)).Order(StringComparer.Ordinal)];
    }

    private static bool IsPattern(string path) => path.AsSpan().ContainsAny('*', '?');

    /// <summary>Whether the file, or a folder above it, is a link: what it leads to is not the job's work.</summary>
    private static bool IsLinked(string work, string path)
    {
        for (var current = path; current.Length > 0; current = Path.GetDirectoryName(current) ?? "")
            if (new FileInfo(Path.Combine(work, current)).LinkTarget is not null) return true;
        return false;
    }

    private static string CommonFolder(IReadOnlyList<string> files)
    {
        var common = files[0][..(files[0].LastIndexOf('/') + 1)];
        while (common.Length > 0 && !files.All(file => file.StartsWith(common, StringComparison.Ordinal)))
            common = common[..(common.AsSpan(0, common.Length - 1).LastIndexOf('/') + 1)];
        return common;
    }

    private static string Relative(string work, string file) => Path.GetRelativePath(work, file).Replace(Path.DirectorySeparatorChar, '/');
}
