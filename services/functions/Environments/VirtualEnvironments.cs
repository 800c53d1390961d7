using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Mesh.Functions.Code;
using Mesh.Functions.Execution;
using Mesh.Functions.Queue;
using Mesh.Hosting;
using Microsoft.Extensions.Options;

namespace Mesh.Functions.Environments;

/// <summary>
/// Python environments by what they hold: interpreter, packages and where those come from. Each is built once, whoever needs it first, and shared by
/// attempts for reading only. A lock on a file beside it says who builds or uses it, to other workers of the machine too.
/// </summary>
internal sealed class VirtualEnvironments(MeshOptions mesh, IOptions<FunctionsOptions> options, TimeProvider clock, ILogger<VirtualEnvironments> log)
{
    private const UnixFileMode Passable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    private string Root => Path.Combine(AttemptFolder.Root(mesh.DataPath), ".environments");

    /// <summary>Puts the environment of an attempt, if it needs one, on its <c>PATH</c>.</summary>
    /// <returns>Holds the environment while the attempt runs; null when it needs none.</returns>
    /// <exception cref="AttemptFailedException">It cannot be built.</exception>
    public async Task<IDisposable?> UseAsync(Staged staged, Dictionary<string, string> variables, CancellationToken ct)
    {
        var packages = await ReadAsync(staged, ct);
        if (packages.Count == 0) return null;
        var (python, fault) = Programs.Find(options.Value.Python ?? "python3", variables.GetValueOrDefault("PATH"), staged.Folder.Work);
        if (python is null) throw new AttemptFailedException($"The packages of the job need Python: {fault}");
        var version = await Tool.RunAsync([python, "-c", "import sys; print(sys.version)"], Tool.Environment(), "/", null, ct);
        if (version.Code != 0) throw new AttemptFailedException($"The packages of the job need Python, but {python} does not run: {version.LastLine}");

        var name = NameOf(python, version.Output, packages);
        var folder = Path.Combine(Root, name);
        Directory.CreateDirectory(Root);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(Root, Passable);
        var hold = await HoldAsync(name, folder, () => BuildAsync(staged, python, folder, packages, ct), ct);
        try
        {
            File.SetLastWriteTimeUtc(ReadyOf(folder), clock.GetUtcNow().UtcDateTime);
            variables["VIRTUAL_ENV"] = folder;
            variables["PATH"] = $"{Path.Combine(folder, "bin")}:{variables.GetValueOrDefault("PATH")}";
            variables.Remove("PYTHONHOME");
            await PruneAsync();
            return hold;
        }
        catch
        {
            await hold.DisposeAsync();
            throw;
        }
    }

    /// <summary>Holds the environment of an attempt that another worker has begun; null when it has none of these.</summary>
    public IDisposable? HoldAgain(IReadOnlyDictionary<string, string> variables) =>
        variables.GetValueOrDefault("VIRTUAL_ENV") is { } folder && Path.GetDirectoryName(folder) == Root ? TryLock(Path.GetFileName(folder), exclusive: false) : null;

    /// <summary>The packages that an attempt whose code is laid out needs.</summary>
    /// <exception cref="AttemptFailedException">A line names no package.</exception>
    internal static async Task<IReadOnlyList<string>> ReadAsync(Staged staged, CancellationToken ct)
    {
        if (staged.Content is null) return [];
        if (staged.Content.Requirements is { } listed) return Requirements.Read(listed, "requirements");
        var file = Path.Combine(staged.Folder.Work, "requirements.txt");
        return File.Exists(file) ? Requirements.Read(await File.ReadAllLinesAsync(file, ct), "requirements.txt") : [];
    }

    private string NameOf(string python, string version, IReadOnlyList<string> packages)
    {
        var text = string.Join('\n', [python, version.Trim(), .. options.Value.PipArguments, "", .. packages]);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..32];
    }

    /// <summary>Takes an environment for reading; builds it first, alone, where it is not whole.</summary>
    private async Task<FileStream> HoldAsync(string name, string folder, Func<Task> build, CancellationToken ct)
    {
        while (true)
        {
            if (TryLock(name, exclusive: false) is { } shared)
            {
                if (File.Exists(ReadyOf(folder))) return shared;
                await shared.DisposeAsync();
                if (TryLock(name, exclusive: true) is { } alone)
                {
                    await using (alone)
                    {
                        if (!File.Exists(ReadyOf(folder))) await build();
                    }

                    continue;
                }
            }

            await Task.Delay(Look, ct);
        }
    }

    private FileStream? TryLock(string name, bool exclusive)
    {
        try
        {
            return new FileStream(Path.Combine(Root, $"{name}.lock"), FileMode.OpenOrCreate, exclusive ? FileAccess.ReadWrite : FileAccess.Read, exclusive ? FileShare.None : FileShare.Read);
        }
        catch (IOException)
        {
            return null;
        }
    }

    private async Task BuildAsync(Staged staged, string python, string folder, IReadOnlyList<string> packages, CancellationToken ct)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limited.CancelAfter(TimeSpan.FromSeconds(options.Value.BuildSeconds));
        staged.Output.Note(string.Create(CultureInfo.InvariantCulture, $"Building an environment of {packages.Count} packages: {string.Join(", ", packages)}"));
        try
        {
            await RemoveAsync(folder);
            Directory.CreateDirectory(folder);
            var list = staged.OwnPath("requirements.txt");
            Directory.CreateDirectory(Path.GetDirectoryName(list)!);
            await File.WriteAllLinesAsync(list, packages, ct);
            if (options.Value.RunsAs is { } user)
            {
                await user.OwnAsync(folder, ct);
                await user.OwnAsync(Path.GetDirectoryName(list)!, ct);
            }

            var made = await RunAsync(staged, [python, "-m", "venv", folder], limited.Token);
            if (made.Code != 0) throw new AttemptFailedException($"The environment of the job could not be made; {python} needs the modules venv and ensurepip (Debian: python3-venv): {made.LastLine}");
            var installed = await RunAsync(
                staged, [Path.Combine(folder, "bin", "python"), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--progress-bar", "off", .. options.Value.PipArguments, "-r", list],
                limited.Token);
            if (installed.Code != 0) throw new AttemptFailedException($"The packages of the job could not be installed: {CauseOf(installed)}");
            await SealAsync(folder, ct);
            staged.Output.Note("The environment is built.");
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new AttemptFailedException(string.Create(CultureInfo.InvariantCulture, $"The packages of the job could not be installed within {options.Value.BuildSeconds} s (Functions:BuildSeconds)."));
        }
    }

    private Task<ToolEnd> RunAsync(Staged staged, IReadOnlyList<string> command, CancellationToken ct)
    {
        var user = options.Value.RunsAs;
        IReadOnlyDictionary<string, string> environment = BuildEnvironment(user is null ? null : staged.Folder.Work);
        // Building a package runs code that its author wrote: with a job's rights and not the service's.
        if (user is not null) (command, environment) = user.Wrap(command, environment);
        return Tool.RunAsync(command, environment, staged.Folder.Work, line => staged.Output.Write($"{line}\n"), ct);
    }

    private static Dictionary<string, string> BuildEnvironment(string? home)
    {
        var environment = Tool.Environment(home);
        foreach (System.Collections.DictionaryEntry variable in Environment.GetEnvironmentVariables())
            if (variable is { Key: string name, Value: string value } && name.StartsWith("PIP_", StringComparison.Ordinal)) environment[name] = value;
        return environment;
    }

    /// <summary>The environment is the service's from now on, and nobody writes to it.</summary>
    private async Task SealAsync(string folder, CancellationToken ct)
    {
        if (!OperatingSystem.IsWindows())
        {
            if (options.Value.RunsAs is not null) await MustAsync(["chown", "-Rh", $"--reference={Root}", folder], ct);
            await MustAsync(["chmod", "-R", "a+rX,a-w", folder], ct);
            await MustAsync(["chmod", "u+w", folder], ct);
        }

        await File.WriteAllTextAsync(ReadyOf(folder), "", ct);
    }

    /// <summary>Removes the environments that were not used for the longest time; what somebody uses stays.</summary>
    private async Task PruneAsync()
    {
        var old = new DirectoryInfo(Root).EnumerateDirectories().OrderByDescending(folder => File.GetLastWriteTimeUtc(ReadyOf(folder.FullName))).Skip(options.Value.KeptEnvironments);
        foreach (var folder in old)
        {
            if (TryLock(folder.Name, exclusive: true) is not { } alone) continue;
            await using (alone)
            {
                File.Delete(ReadyOf(folder.FullName));
                await RemoveAsync(folder.FullName);
                log.Pruned(folder.Name);
            }
        }
    }

    private static async Task RemoveAsync(string folder)
    {
        if (!Directory.Exists(folder)) return;
        if (!OperatingSystem.IsWindows()) await MustAsync(["chmod", "-R", "u+rwX", folder], CancellationToken.None);
        Directory.Delete(folder, recursive: true);
    }

    private static async Task MustAsync(IReadOnlyList<string> command, CancellationToken ct)
    {
        if (await JobUser.RunAsync(command, ct) is { Code: not 0 } failed) throw new IOException(failed.Errors);
    }

    private static string CauseOf(ToolEnd pip) =>
        pip.Lines.LastOrDefault(line => line.StartsWith("ERROR: ", StringComparison.Ordinal))?["ERROR: ".Length..] ?? pip.LastLine;

    private static string ReadyOf(string folder) => Path.Combine(folder, ".ready");
}

internal static partial class VirtualEnvironmentsLog
{
    [LoggerMessage(Level = LogLevel.Information, Message = "The environment {Name} was not used for the longest time and is removed")]
    public static partial void Pruned(this ILogger logger, string name);
}
