using Mesh.Contracts.Functions;
using Microsoft.Extensions.Options;

namespace Mesh.Functions.Profiles;

/// <summary>A place where jobs run.</summary>
/// <param name="Concurrency">Attempts that each worker runs there at once.</param>
/// <param name="Options">Its settings.</param>
internal sealed record Profile(string Name, ProfileExecutor Executor, int Concurrency, ProfileOptions Options)
{
    /// <summary>Name of the built-in profile, which is always there.</summary>
    public const string BuiltIn = "process";

    /// <summary>Whether its jobs take cores, memory and graphics processors of the worker.</summary>
    public bool IsLocal => Executor == ProfileExecutor.Process;
}

/// <summary>The profiles of this installation.</summary>
internal sealed class ProfileRegistry
{
    private const int OnCluster = 50;
    private readonly Dictionary<string, Profile> _profiles;
    private readonly string? _default;

    public ProfileRegistry(IOptions<FunctionsOptions> options)
    {
        var local = options.Value.Concurrency ?? Environment.ProcessorCount;
        _profiles = options.Value.Profiles.ToDictionary(
            p => p.Key,
            p => new Profile(p.Key, p.Value.Executor!.Value, p.Value.Concurrency ?? (p.Value.Executor == ProfileExecutor.Process ? local : OnCluster), p.Value), StringComparer.Ordinal);
        _profiles[Profile.BuiltIn] = new Profile(Profile.BuiltIn, ProfileExecutor.Process, local, new ProfileOptions { Description = "Child processes of a worker." });
        _default = options.Value.DefaultProfile;
    }

    /// <summary>All of them by name.</summary>
    public IEnumerable<Profile> All => _profiles.Values.OrderBy(p => p.Name, StringComparer.Ordinal);

    /// <summary>Where jobs run that name none.</summary>
    public Profile Default => _profiles[_default ?? Profile.BuiltIn];

    /// <summary>The profile of a stored name; null for one that there is not any more.</summary>
    public Profile? Find(string? name) => _profiles.GetValueOrDefault(name ?? Profile.BuiltIn);
}
