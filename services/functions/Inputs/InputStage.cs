using System.Globalization;
using Mesh.Client;
using Mesh.Contracts.Artifacts;
using Mesh.Functions.Code;
using Mesh.Functions.Jobs;
using Mesh.Functions.Queue;
using Mesh.Hosting.Clients;

namespace Mesh.Functions.Inputs;

/// <summary>
/// Lays what a job reads below its working folder, for reading only, before it starts, and tells its run so, so that lineage knows where things came
/// from. Each attempt has copies of its own: what one does to them harms nobody else.
/// </summary>
internal sealed class InputStage(IJobMesh mesh, BlobCache cache, [FromKeyedServices("functions")] ServiceClient services, ILogger<InputStage> log)
{
    private const UnixFileMode ReadOnly = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>Adds <c>MESH_INPUT_{NAME}</c>, the path of each input, to the variables.</summary>
    /// <exception cref="AttemptFailedException">An input is not there.</exception>
    public async Task LayOutAsync(Staged staged, Dictionary<string, string> variables, CancellationToken ct)
    {
        if (staged.Job.Work.Inputs is not { Count: > 0 } inputs) return;
        using var client = mesh.Open(staged.Key.Project, staged.Key.JobId);
        var read = new List<(string Name, FoundInput Found)>();
        foreach (var (name, uri) in inputs.OrderBy(i => i.Key, StringComparer.Ordinal))
        {
            try
            {
                var found = await InputAddress.FindAsync(client.Project(), uri, ct);
                variables[VariableOf(name)] = await LayOutAsync(client.Project(), staged.OwnPath("inputs", name), found.Version, ct);
                read.Add((name, found));
            }
            catch (InputMissingException e)
            {
                throw new AttemptFailedException($"The input '{name}': {e.Message}");
            }
        }

        await TellAsync(staged, read, ct);
    }

    /// <summary>The variable of one input: <c>train-data</c> is <c>MESH_INPUT_TRAIN_DATA</c>.</summary>
    public static string VariableOf(string name) => "MESH_INPUT_" + string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) ? char.ToUpperInvariant(c) : '_'));

    /// <summary>Where <see cref="LayOutAsync(Staged, Dictionary{string, string}, CancellationToken)"/> will lay them below another working folder, by variable.</summary>
    /// <exception cref="AttemptFailedException">An input is not there.</exception>
    public async Task<IReadOnlyDictionary<string, string>> FindPlacesAsync(string projectName, Job job, string work, CancellationToken ct)
    {
        var places = new Dictionary<string, string>(StringComparer.Ordinal);
        if (job.Work.Inputs is not { Count: > 0 } inputs) return places;
        using var client = mesh.Open(projectName, job.Id);
        foreach (var (name, uri) in inputs)
        {
            try
            {
                var version = (await InputAddress.FindAsync(client.Project(), uri, ct)).Version;
                var folder = $"{work}/{Staged.Own}/inputs/{name}";
                places[VariableOf(name)] = version.Kind is ArtifactKind.Directory ? folder : $"{folder}/{NameOf(version)}";
            }
            catch (InputMissingException e)
            {
                throw new AttemptFailedException($"The input '{name}': {e.Message}");
            }
        }

        return places;
    }

    private async Task<string> LayOutAsync(ProjectClient project, string folder, ArtifactVersion version, CancellationToken ct)
    {
        if (version.Kind is not ArtifactKind.Directory)
        {
            var file = Path.Combine(folder, NameOf(version));
            // What lies elsewhere is read there each time: it is not kept by a digest that nobody checks.
            if (version.Source is { ImportedAt: null })
            {
                Directory.CreateDirectory(folder);
                await project.Artifacts.DownloadFileAsync(version.Key, file, version.Version, ct);
                Protect(file);
            }
            else
            {
                await KeepAsync(project, version.Digest, version.Size, file, ct);
            }

            return file;
        }

        Directory.CreateDirectory(folder);
        await foreach (var file in project.Artifacts.FilesAsync(version.Key, version.Version.ToString(CultureInfo.InvariantCulture), ct: ct))
            await KeepAsync(project, file.Digest, file.Size, CodeStage.PlaceOf(folder, file), ct);
        return folder;
    }

    private async Task KeepAsync(ProjectClient project, string digest, long size, string place, CancellationToken ct)
    {
        await cache.CopyAsync(project.Artifacts, digest, size, place, ct);
        Protect(place);
    }

    private static void Protect(string place)
    {
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(place, ReadOnly);
    }

    private static string NameOf(ArtifactVersion version)
    {
        var name = (version.FileName ?? version.Key).Split('/', '\\')[^1];
        return name is "" or "." or ".." || name.Contains('\0', StringComparison.Ordinal) ? "content" : name;
    }

    /// <summary>A run that cannot be told what it read runs all the same.</summary>
    private async Task TellAsync(Staged staged, IReadOnlyList<(string Name, FoundInput Found)> read, CancellationToken ct)
    {
        var body = new
        {
            run_id = Guid.Parse(staged.Key.JobId).ToString("N"),
            datasets = read.Select(input => new
            {
                tags = (object[])[new { key = "mlflow.data.context", value = input.Name }],
                dataset = new { name = input.Found.Version.Key, digest = input.Found.Version.Digest[..32], source_type = "mesh", source = input.Found.Address },
            }),
        };
        try
        {
            await services.PostAsync("tracking", $"/mlflow/{staged.Key.Project}/api/2.0/mlflow/runs/log-inputs", body, staged.Key.Project, ct: ct);
        }
        catch (ServiceCallException e)
        {
            log.InputsUntold(staged.Key.JobId, e.Message);
        }
    }
}

internal static partial class InputStageLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "The run of job {JobId} does not know what it reads: {Reason}")]
    public static partial void InputsUntold(this ILogger logger, string jobId, string reason);
}
