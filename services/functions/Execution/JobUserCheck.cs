using System.Globalization;
using Mesh.Hosting;
using Microsoft.Extensions.Options;

namespace Mesh.Functions.Execution;

/// <summary>
/// Checks <c>Functions:JobUser</c> at start by doing what a job will need: to run as that user, to reach the working folders, and not to read the keys.
/// </summary>
internal sealed class JobUserCheck(MeshOptions mesh) : IValidateOptions<FunctionsOptions>
{
    private const string Key = $"{FunctionsOptions.Section}:{nameof(FunctionsOptions.JobUser)}";

    // Bits of a capability set, as linux/capability.h numbers them. DAC_OVERRIDE and SYS_PTRACE together read the environment of another user's process, by
    // which a job's processes are found again.
    private static readonly (string Name, int Bit)[] Needed = [("CHOWN", 0), ("DAC_OVERRIDE", 1), ("KILL", 5), ("SETGID", 6), ("SETUID", 7), ("SYS_PTRACE", 19)];

    public ValidateOptionsResult Validate(string? name, FunctionsOptions options)
    {
        if (string.IsNullOrEmpty(options.JobUser) || !options.RunsJobs) return ValidateOptionsResult.Success;
        return Fault(options) is { } fault ? ValidateOptionsResult.Fail($"{Key}: {fault}") : ValidateOptionsResult.Success;
    }

    private string? Fault(FunctionsOptions options)
    {
        if (!ProcessTable.IsAvailable) return "jobs can run as another user on Linux only.";
        if (options.RunsAs is not { } user) return $"'{options.JobUser}' must be uid or uid:gid, in numbers, and not root's.";
        var status = File.ReadLines("/proc/self/status").Select(line => line.Split(':', 2)).Where(f => f.Length == 2).ToDictionary(f => f[0], f => f[1].Trim());
        if (status["Uid"].Split('\t')[0] == user.Id.ToString(CultureInfo.InvariantCulture)) return $"{user.Id} is the service's own user; name another.";
        var has = Convert.ToUInt64(status["CapEff"], 16);
        if (Needed.Where(c => (has >> c.Bit & 1) == 0).Select(c => "CAP_" + c.Name).ToList() is { Count: > 0 } missing)
            return $"the service may not run jobs as another user: it lacks {string.Join(", ", missing)}. Leave the setting out where it cannot have them.";
#pragma warning disable VSTHRD002 // Options are checked synchronously, once, at start, where no context could be waited for.
        return ProbeAsync(user, AttemptFolder.Root(mesh.DataPath)).GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
    }

    private async Task<string?> ProbeAsync(JobUser user, string jobs)
    {
        AttemptFolder.OpenRoot(mesh.DataPath);
        var (reaches, fault) = await user.TestAsync("-x", jobs, CancellationToken.None);
        if (reaches is null) return $"nothing can be run as user {user.Id}: {fault}";
        if (reaches is false) return $"user {user.Id} does not reach {jobs}: each folder above it must let others pass (chmod o+x), or Mesh:DataPath lie elsewhere.";
        foreach (var file in Directory.Exists(mesh.KeyPath) ? Directory.GetFiles(mesh.KeyPath) : [])
        {
            if ((await user.TestAsync("-r", file, CancellationToken.None)).Holds is not false)
                return $"user {user.Id} can read {file}: it must belong to another user, and be readable by its owner alone.";
        }

        return null;
    }
}
