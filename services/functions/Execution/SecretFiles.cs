using Mesh.Functions.Jobs;

namespace Mesh.Functions.Execution;

/// <summary>
/// Secrets that an attempt gets as files: each in a folder beside its working folder, for its user alone to read, and gone when the attempt has ended. On a cluster they
/// are a volume of the pod.
/// </summary>
internal static class SecretFiles
{
    /// <summary>The variable that tells where the file of a secret lies.</summary>
    public static string VariableOf(string secret) => $"{secret}_FILE";

    /// <summary>Writes the files, and adds the variables that tell where they are.</summary>
    /// <param name="values">The secrets by name.</param>
    /// <param name="user">Whom they belong to, if that is not the service.</param>
    public static async Task LayOutAsync(
        AttemptFolder folder, IReadOnlyDictionary<string, string> values, Dictionary<string, string> variables, JobUser? user, CancellationToken ct)
    {
        if (values.Count == 0) return;
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder.Secrets);
        else Directory.CreateDirectory(folder.Secrets, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        foreach (var (name, value) in values)
        {
            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, Options = FileOptions.Asynchronous };
            if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead;
            await using (var writer = new StreamWriter(folder.SecretOf(name), options)) await writer.WriteAsync(value.AsMemory(), ct);
            variables[VariableOf(name)] = folder.SecretOf(name);
        }

        if (user is not null) await user.OwnAsync(folder.Secrets, ct);
    }

    /// <summary>The secrets of an attempt that another service has begun. What its program has removed is not known any more.</summary>
    public static async Task<IReadOnlyDictionary<string, string>> ReadAgainAsync(Job job, AttemptFolder folder, CancellationToken ct)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in job.Work.SecretFiles ?? [])
            if (File.Exists(folder.SecretOf(name))) values[name] = await File.ReadAllTextAsync(folder.SecretOf(name), ct);
        return values;
    }
}
