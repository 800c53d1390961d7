using System.Diagnostics;
using System.Globalization;

namespace Mesh.Functions.Execution;

/// <summary>
/// The user that jobs run as, where that is another than the service's own: such a job reads neither the service's keys nor its environment and memory.
/// </summary>
/// <param name="Id">Numeric user id.</param>
/// <param name="Group">Numeric group id; the job has no other group.</param>
internal sealed record JobUser(int Id, int Group)
{
    private const string SystemPath = "/usr/bin:/bin:/usr/sbin:/sbin";
    private const string Later = "MESH_LATER_";

    private static readonly string SetPriv = Programs.Find("setpriv", SystemPath, "/").Path ?? "setpriv";

    private string[] Prefix =>
    [
        SetPriv, Invariant($"--reuid={Id}"), Invariant($"--regid={Group}"), "--clear-groups", "--inh-caps=-all", "--ambient-caps=-all", "--no-new-privs", "--",
    ];

    /// <summary>Reads <c>uid</c> or <c>uid:gid</c>; null for anything else, and for root.</summary>
    public static JobUser? Parse(string? text)
    {
        var parts = (text ?? "").Split(':');
        return parts.Length <= 2 && IsId(parts[0], out var user) && IsId(parts[^1], out var group) ? new JobUser(user, group) : null;
    }

    /// <summary>The command line, and its environment, that run a command as this user: with no capability, and with no way to get one.</summary>
    public (IReadOnlyList<string> Command, IReadOnlyDictionary<string, string> Environment) Wrap(
        IReadOnlyList<string> command, IReadOnlyDictionary<string, string> environment)
    {
        // LD_PRELOAD and its like would have a say in setpriv while that is still the service's user: a shell of the job's user gives them their names.
        // A name that no shell can export is left out: the keeper's shell, which is the service's user too, could take it for a function.
        var told = environment.Where(variable => IsIdentifier(variable.Key)).ToList();
        var later = told.Select(variable => variable.Key).Where(name => !name.StartsWith("MESH_", StringComparison.Ordinal)).ToHashSet(StringComparer.Ordinal);
        var script = string.Concat(later.Select(name => $"export {name}=\"${Later}{name}\"; unset {Later}{name}; ")) + "exec \"$@\"";
        return ([.. Prefix, "/bin/sh", "-c", script, "sh", .. command], told.ToDictionary(v => later.Contains(v.Key) ? Later + v.Key : v.Key, v => v.Value));
    }

    /// <summary>The environment as it was before <see cref="Wrap"/>; one that was not wrapped stays as it is.</summary>
    public static Dictionary<string, string> Unwrap(IReadOnlyDictionary<string, string> environment) =>
        environment.ToDictionary(v => v.Key.StartsWith(Later, StringComparison.Ordinal) ? v.Key[Later.Length..] : v.Key, v => v.Value, StringComparer.Ordinal);

    /// <summary>Makes this user the owner of a folder and all below it. The group stays the service's, which may look into it.</summary>
    /// <exception cref="InvalidOperationException">It cannot be done.</exception>
    public async Task OwnAsync(string folder, CancellationToken ct)
    {
        if (await RunAsync(["chown", "-Rh", Invariant($"{Id}"), folder], ct) is { Code: not 0 } failed)
            throw new InvalidOperationException($"The working folder could not be given to user {Id}: {failed.Errors}");
    }

    /// <summary>Removes what is in folders of this user, as far as that user can.</summary>
    public async Task EmptyAsync(IReadOnlyList<string> folders, CancellationToken ct)
    {
        if (folders.Count > 0) await RunAsync([.. Prefix, "/bin/sh", "-c", "chmod -R u+rwX -- \"$@\"; rm -rf -- \"$@\"", "sh", .. folders], ct);
    }

    /// <summary>Whether a test of the shell (<c>-r</c>, <c>-x</c>, …) holds for this user; null, with a reason, when nothing can be run as it.</summary>
    public async Task<(bool? Holds, string? Fault)> TestAsync(string test, string path, CancellationToken ct)
    {
        var (code, errors) = await RunAsync([.. Prefix, "test", test, path], ct);
        return code is 0 or 1 && errors.Length == 0 ? (code == 0, null) : (null, errors);
    }

    /// <summary>Copies files below a folder into another one, as far as this user can read them; links are not followed.</summary>
    /// <exception cref="IOException">One cannot be read.</exception>
    public async Task ReadAsync(string folder, IReadOnlyList<string> files, string target, CancellationToken ct)
    {
        var info = new ProcessStartInfo(Prefix[0], [.. Prefix.Skip(1), "tar", "--create", "--file=-", "--no-recursion", "--hard-dereference", "--null", "--files-from=-"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        info.Environment.Clear();
        info.Environment["PATH"] = SystemPath;
        using var process = Process.Start(info)!;
        try
        {
            var errors = process.StandardError.ReadToEndAsync(ct);
            var naming = NameAsync(process.StandardInput, files);
            await using (var reader = new System.Formats.Tar.TarReader(process.StandardOutput.BaseStream))
            {
                while (await reader.GetNextEntryAsync(cancellationToken: ct) is { } entry)
                {
                    if (entry.EntryType is not (System.Formats.Tar.TarEntryType.RegularFile or System.Formats.Tar.TarEntryType.V7RegularFile)) throw new IOException($"'{entry.Name}' is no file.");
                    var place = Path.GetFullPath(Path.Combine(target, entry.Name));
                    if (!place.StartsWith(target + Path.DirectorySeparatorChar, StringComparison.Ordinal)) throw new IOException($"'{entry.Name}' lies outside.");
                    Directory.CreateDirectory(Path.GetDirectoryName(place)!);
                    await entry.ExtractToFileAsync(place, overwrite: true, ct);
                }
            }

            await naming;
            await process.WaitForExitAsync(ct);
            if (process.ExitCode != 0) throw new IOException($"What the job made could not be read: {(await errors).Trim()}");
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }

    private static async Task NameAsync(StreamWriter input, IReadOnlyList<string> files)
    {
        await using (input)
        {
            foreach (var file in files) await input.WriteAsync($"./{file}\0");
        }
    }

    /// <summary>Runs a command of the system to its end. The service's environment is not told to it: jobs could read it there.</summary>
    public static async Task<(int Code, string Errors)> RunAsync(IReadOnlyList<string> command, CancellationToken ct)
    {
        var info = new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" };
        info.Environment.Clear();
        info.Environment["PATH"] = SystemPath;
        using var process = new Process { StartInfo = info };
        try
        {
            process.Start();
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return (127, $"{command[0]}: {e.Message}");
        }

        var output = process.StandardOutput.ReadToEndAsync(ct);
        var errors = await process.StandardError.ReadToEndAsync(ct);
        await output;
        await process.WaitForExitAsync(ct);
        return (process.ExitCode, errors.Trim());
    }

    private static bool IsId(string text, out int id) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out id) && id > 0;

    private static bool IsIdentifier(string name) => name.Length > 0 && !char.IsAsciiDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
