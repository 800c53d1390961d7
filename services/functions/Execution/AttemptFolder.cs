using System.Globalization;
using Mesh.Contracts.Functions;

namespace Mesh.Functions.Execution;

/// <summary>
/// Where an attempt lives on disk: <c>jobs/{project}/{job}/{attempt}</c> is its working folder; beside it lie its output (<c>{attempt}.log</c>) and
/// how much of that has reached tracking (<c>{attempt}.sent</c>), where the job's own files cannot touch them.
/// </summary>
internal sealed class AttemptFolder
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    public AttemptFolder(string dataPath, string project, string jobId, int attempt)
    {
        var number = attempt.ToString(CultureInfo.InvariantCulture);
        Job = Path.Combine(Root(dataPath), project, jobId);
        Work = Path.Combine(Job, number);
        Log = Path.Combine(Job, $"{number}.log");
        Sent = Path.Combine(Job, $"{number}.sent");
    }

    /// <summary>Folder of the job.</summary>
    public string Job { get; }

    /// <summary>Working folder of the attempt.</summary>
    public string Work { get; }

    /// <summary>The attempt's output.</summary>
    public string Log { get; }

    /// <summary>Holds the number of bytes of <see cref="Log"/> that tracking has confirmed.</summary>
    public string Sent { get; }

    /// <summary>Folder of all jobs.</summary>
    public static string Root(string dataPath) => Path.GetFullPath(Path.Combine(dataPath, "jobs"));

    /// <summary>Makes the working folder, readable by its owner alone, and lays the code files into it.</summary>
    public async Task PrepareAsync(IReadOnlyList<CodeFile> files, CancellationToken ct)
    {
        if (Directory.Exists(Work)) Directory.Delete(Work, recursive: true);
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(Work);
        else
        {
            Directory.CreateDirectory(Job, OwnerOnly);
            Directory.CreateDirectory(Work, OwnerOnly);
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
    }

    /// <summary>Removes the working folder; what cannot be removed stays for the next cleaning.</summary>
    public void RemoveWork() => Remove(Work);

    /// <summary>Removes the output once tracking has it.</summary>
    public void RemoveOutput()
    {
        File.Delete(Log);
        File.Delete(Sent);
    }

    /// <summary>Removes a folder with all it holds, if it can be.</summary>
    public static void Remove(string folder)
    {
        try
        {
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A file is held or foreign: the cleaning comes again.
        }
    }
}
