using Microsoft.Extensions.Options;

namespace Mesh.Functions.Execution;

/// <summary>Checks <c>Functions:ControlGroup</c> at start by doing what an attempt will need; what was not asked for may be missing.</summary>
internal sealed partial class ControlGroupCheck : IValidateOptions<FunctionsOptions>
{
    private const string Key = $"{FunctionsOptions.Section}:{nameof(FunctionsOptions.ControlGroup)}";

    public ValidateOptionsResult Validate(string? name, FunctionsOptions options)
    {
        if (options.ControlGroup is null || !options.RunsJobs || ControlGroups.Open(options.ControlGroup).Fault is not { } fault) return ValidateOptionsResult.Success;
        return ValidateOptionsResult.Fail($"{Key}: {fault} Name a group that this service may make others in, or '{ControlGroups.Off}'.");
    }

    /// <summary>The groups that there are.</summary>
    public static ControlGroups Open(IServiceProvider services)
    {
        var options = services.GetRequiredService<IOptions<FunctionsOptions>>().Value;
        if (!options.RunsJobs) return ControlGroups.None;
        var (groups, fault) = ControlGroups.Open(options.ControlGroup);
        var log = services.GetRequiredService<ILogger<ControlGroups>>();
        if (groups.Root is { } root) Made(log, root, groups.Controllers.Count == 0 ? "none" : string.Join(", ", groups.Controllers.Order(StringComparer.Ordinal)));
        else NotMade(log, fault ?? "they are switched off.");
        return groups;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Attempts have control groups below {Root}; the kernel limits there: {Controllers}")]
    private static partial void Made(ILogger logger, string root, string controllers);

    [LoggerMessage(Level = LogLevel.Information, Message = "Attempts have no control groups, their limits are looked at from outside: {Reason}")]
    private static partial void NotMade(ILogger logger, string reason);
}
