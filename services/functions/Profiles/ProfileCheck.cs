using Mesh.Contracts;
using Mesh.Contracts.Functions;
using Microsoft.Extensions.Options;

namespace Mesh.Functions.Profiles;

/// <summary>Checks <c>Functions:Profiles</c> and <c>Functions:DefaultProfile</c> at start, and says each key that is wrong.</summary>
internal sealed class ProfileCheck : IValidateOptions<FunctionsOptions>
{
    public ValidateOptionsResult Validate(string? name, FunctionsOptions options)
    {
        var faults = new List<string>();
        foreach (var (profile, settings) in options.Profiles) Check(profile, settings, faults);
        if (options.DefaultProfile is { } chosen && chosen != Profile.BuiltIn && !options.Profiles.ContainsKey(chosen))
            faults.Add($"{FunctionsOptions.Section}:{nameof(FunctionsOptions.DefaultProfile)}: there is no profile '{chosen}'; there are {string.Join(", ", options.Profiles.Keys.Append(Profile.BuiltIn).Order(StringComparer.Ordinal))}.");
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private static void Check(string profile, ProfileOptions settings, List<string> faults)
    {
        void Require(bool holds, string key, string what)
        {
            if (!holds) faults.Add($"{FunctionsOptions.Section}:Profiles:{profile}{(key.Length == 0 ? "" : ":")}{key}: {what}");
        }

        Require(Names.IsLabel(profile), "", "the name of a profile must be a DNS label, 1 to 63 of a-z, 0-9 and '-'.");
        Require(profile != Profile.BuiltIn, "", $"'{Profile.BuiltIn}' is built in; its limits are Functions:Concurrency, Cpus, MemoryBytes and Gpus.");
        Require(settings.Executor is { } executor && Enum.IsDefined(executor), "Executor", "must be 'process' or 'kubernetes'.");
        Require(settings.Concurrency is null or (>= 1 and <= 1000), "Concurrency", "must be 1 to 1,000.");
        Require(settings.Description is null or { Length: <= 1000 }, "Description", "must have at most 1,000 characters.");
        if (settings.Executor == ProfileExecutor.Kubernetes) KubernetesProfileCheck.Check(settings, Require);
    }
}
