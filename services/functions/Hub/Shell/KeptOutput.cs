using Mesh.Client.Artifacts;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Hub.Running;

namespace Mesh.Hub.Shell;

/// <summary>A file or folder that a command makes and that is kept as an artifact of its run.</summary>
internal sealed record KeptOutput(string Name, string Path, ArtifactKind? Kind)
{
    /// <summary>Reads <c>name=path</c> or <c>name=path:kind</c>.</summary>
    /// <exception cref="HubFailure">One is out of form.</exception>
    public static IReadOnlyList<KeptOutput> Read(IReadOnlyList<string> texts)
    {
        var outputs = texts.Select(Read).ToList();
        return outputs.GroupBy(output => output.Name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice
            ? throw new HubFailure($"The param 'outputs' names '{twice.Key}' twice.")
            : outputs;
    }

    /// <summary>Whether it is there, and no link: what a link leads to is not the job's work.</summary>
    public bool IsIn(string folder)
    {
        var current = folder;
        foreach (var part in Path.Split('/'))
        {
            current = System.IO.Path.Combine(current, part);
            if (new FileInfo(current).LinkTarget is not null) return false;
        }

        return File.Exists(current) || Directory.Exists(current);
    }

    public async Task<ArtifactVersion> KeepAsync(Job job, CancellationToken ct)
    {
        var place = System.IO.Path.Combine(job.Folder, Path);
        var spec = new UploadSpec { Kind = Kind ?? ArtifactKind.File, RunId = job.Run.Id, Labels = new() { ["output"] = Name } };
        return Directory.Exists(place)
            ? (await job.Project.Artifacts.UploadFolderAsync(Name, place, spec, ct: ct)).Version
            : await job.Run.LogArtifactAsync(Name, place, spec, ct);
    }

    private static KeptOutput Read(string text)
    {
        if (text.Split('=', 2) is not [var name, var path] || !Names.IsKey(name))
            throw new HubFailure($"The param 'outputs' must hold name=path or name=path:kind, not '{text}'.");
        ArtifactKind? kind = null;
        if (path.LastIndexOf(':') is var at and >= 0)
        {
            if (!Enum.TryParse<ArtifactKind>(path[(at + 1)..], ignoreCase: true, out var named) || int.TryParse(path[(at + 1)..], out _))
                throw new HubFailure($"'{path[(at + 1)..]}' is no kind of an artifact: one of {string.Join(", ", Enum.GetNames<ArtifactKind>()).ToLowerInvariant()}.");
            (kind, path) = (named, path[..at]);
        }

        return path.Split('/').Any(part => part is "" or "." or "..")
            ? throw new HubFailure($"The output '{name}' must be a plain path of the working folder, such as out/report.md, not '{path}'.")
            : new KeptOutput(name, path, kind);
    }
}
