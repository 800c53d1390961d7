using System.Globalization;
using Mesh.Contracts.Functions;

namespace Mesh.Functions.Execution;

/// <summary>
/// Where an attempt lives on disk: <c>jobs/{project}/{job}/{attempt}</c> is its working folder; beside it lie its output (<c>{attempt}.log</c>) and
/// how much of that has reached tracking (<c>{attempt}.sent</c>), and its secrets (<c>{attempt}.secrets</c>), where the job's own files cannot touch them.
/// </summary>
internal sealed class AttemptFolder
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    // The service's group may look into a folder that belongs to the job's user: the program to start may lie there.
    private const UnixFileMode JobsOwn = OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.GroupExecute;
    private const UnixFileMode Passable = OwnerOnly | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
    private const UnixFileMode Others = UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    private const string SecretsEnding = ".secrets";

    private readonly string _dataPath;
    private readonly JobUser? _user;
    private readonly string _checkpoint;

    /// <param name="user">Whom the working folder belongs to, if that is not the service.</param>
    public AttemptFolder(string dataPath, string project, string jobId, int attempt, JobUser? user)
    {
        _dataPath = dataPath;
        _user = user;
        var number = attempt.ToString(CultureInfo.InvariantCulture);
        Job = Path.Combine(Root(dataPath), project, jobId);
        Work = Path.Combine(Job, number);
        Log = Path.Combine(Job, $"{number}.log");
        Sent = Path.Combine(Job, $"{number}.sent");
        Files = new ProcessFiles(Work);
        Gang = Path.Combine(Job, $"{number}.gang");
        Secrets = Path.Combine(Job, $"{number}{SecretsEnding}");
        Pod = Path.Combine(Job, $"{number}.pod");
        _checkpoint = Path.Combine(Job, "checkpoint");
    }

    /// <summary>Folder of the job.</summary>
    public string Job { get; }

    /// <summary>Working folder of the attempt.</summary>
    public string Work { get; }

    /// <summary>The attempt's output.</summary>
    public string Log { get; }

    /// <summary>Holds the number of bytes of <see cref="Log"/> that tracking has confirmed.</summary>
    public string Sent { get; }

    /// <summary>Holds the secrets that it gets as files.</summary>
    public string Secrets { get; }

    /// <summary>Where the file of a secret lies.</summary>
    public string SecretOf(string name) => Path.Combine(Secrets, name);

    /// <summary>What its process shares with whoever follows it.</summary>
    public ProcessFiles Files { get; }

    /// <summary>Holds what the processes of a gang share with whoever follows them.</summary>
    public string Gang { get; }

    /// <summary>Holds how far the log of its pod has come into <see cref="Log"/>.</summary>
    public string Pod { get; }

    /// <summary>Folder of all jobs.</summary>
    public static string Root(string dataPath) => Path.GetFullPath(Path.Combine(dataPath, "jobs"));

    /// <summary>Lets another user pass through to working folders, and through nothing else that lies in the data folder.</summary>
    public static void OpenRoot(string dataPath)
    {
        if (OperatingSystem.IsWindows()) return;
        var root = Root(dataPath);
        Directory.CreateDirectory(root);
        File.SetUnixFileMode(root, Passable);
        File.SetUnixFileMode(dataPath, File.GetUnixFileMode(dataPath) | UnixFileMode.OtherExecute);
        foreach (var beside in Directory.EnumerateFileSystemEntries(dataPath).Where(entry => Path.GetFullPath(entry) != root))
            if (File.GetUnixFileMode(beside) is var mode && (mode & Others) != 0) File.SetUnixFileMode(beside, mode & ~Others);
    }

    /// <summary>Makes the working folder, readable by its owner alone, and lays the code files into it.</summary>
    public async Task PrepareAsync(IReadOnlyList<CodeFile> files, CancellationToken ct)
    {
        if (Directory.Exists(Work)) await RemoveAsync(Work, [Work], _user);
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(Work);
        else if (_user is null)
        {
            Directory.CreateDirectory(Job, OwnerOnly);
            Directory.CreateDirectory(Work, OwnerOnly);
        }
        else
        {
            OpenRoot(_dataPath);
            Directory.CreateDirectory(Job);
            File.SetUnixFileMode(Path.GetDirectoryName(Job)!, Passable);
            File.SetUnixFileMode(Job, Passable);
            Directory.CreateDirectory(Work);
            File.SetUnixFileMode(Work, JobsOwn);
        }

        foreach (var file in files)
        {
            var path = Path.GetFullPath(Path.Combine(Work, file.Path));
            if (!path.StartsWith(Work + Path.DirectorySeparatorChar, StringComparison.Ordinal))
                throw new InvalidOperationException($"The file '{file.Path}' lies outside the working folder.");
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await File.WriteAllTextAsync(path, file.Content, ct);
            // A script with an interpreter line can then be the command itself.
            if (!OperatingSystem.IsWindows() && file.Content.StartsWith("#!", StringComparison.Ordinal)) File.SetUnixFileMode(path, OwnerOnly);
        }

        if (_user is not null) await _user.OwnAsync(Work, ct);
    }

    /// <summary>Makes the folder that the attempts of a job have in common, if an earlier one has not, and tells its path.</summary>
    public async Task<string> PrepareCheckpointAsync(CancellationToken ct)
    {
        if (Directory.Exists(_checkpoint)) return _checkpoint;
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(_checkpoint);
        else Directory.CreateDirectory(_checkpoint, _user is null ? OwnerOnly : JobsOwn);
        if (_user is not null) await _user.OwnAsync(_checkpoint, ct);
        return _checkpoint;
    }

    /// <summary>Removes the working folder, and what the attempts had in common; what cannot be removed stays for the next cleaning.</summary>
    public async Task RemoveWorkAsync()
    {
        foreach (var folder in (string[])[Work, _checkpoint]) await TryRemoveAsync(() => RemoveAsync(folder, [folder], _user));
    }

    /// <summary>Removes the secrets that it got as files.</summary>
    public Task RemoveSecretsAsync() => RemoveSecretsAsync([Secrets], _user);

    /// <summary>Removes the secrets that attempts of a job got as files.</summary>
    public static Task RemoveSecretsAsync(string job, JobUser? user) => RemoveSecretsAsync([.. WorkFolders(job).Where(folder => folder.EndsWith(SecretsEnding, StringComparison.Ordinal))], user);

    private static async Task RemoveSecretsAsync(IEnumerable<string> folders, JobUser? user)
    {
        foreach (var folder in folders.Where(Directory.Exists)) await TryRemoveAsync(() => RemoveAsync(folder, [folder], user));
    }

    /// <summary>Removes the output once tracking has it.</summary>
    public void RemoveOutput()
    {
        if (!Directory.Exists(Job)) return;
        File.Delete(Log);
        File.Delete(Sent);
        File.Delete(Pod);
        Files.Remove();
        if (Directory.Exists(Gang)) Directory.Delete(Gang, recursive: true);
    }

    /// <summary>Removes the folder of a job, if it can be.</summary>
    public static Task RemoveJobAsync(string folder, JobUser? user) => TryRemoveAsync(() => RemoveAsync(folder, WorkFolders(folder), user));

    /// <summary>Removes the folder of a project with all its jobs, if it can be.</summary>
    public static Task RemoveProjectAsync(string dataPath, string project, JobUser? user)
    {
        var folder = Path.Combine(Root(dataPath), project);
        return TryRemoveAsync(() => RemoveAsync(folder, Directory.Exists(folder) ? Directory.EnumerateDirectories(folder).SelectMany(WorkFolders) : [], user));
    }

    private static string[] WorkFolders(string job) => Directory.Exists(job) ? Directory.GetDirectories(job) : [];

    private static async Task RemoveAsync(string folder, IEnumerable<string> workFolders, JobUser? user)
    {
        if (user is null)
        {
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
            return;
        }

        await user.EmptyAsync([.. workFolders], CancellationToken.None);
        // Not Directory.Delete: it would follow a link that another job of this user puts in the place of a folder at the right moment.
        if (await JobUser.RunAsync(["rm", "-rf", "--", folder], CancellationToken.None) is { Code: not 0 } failed) throw new IOException(failed.Errors);
    }

    private static async Task TryRemoveAsync(Func<Task> remove)
    {
        try
        {
            await remove();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A file is held or foreign: the cleaning comes again.
        }
    }
}
