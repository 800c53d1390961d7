using Mesh.Hosting.Decisions;
using static Mesh.Hosting.Decisions.Rejection;

namespace Mesh.Tracking.LoggedModels;

/// <summary>What can be asked of a logged model.</summary>
internal abstract record LoggedModelCommand
{
    private LoggedModelCommand()
    {
    }

    public sealed record Create(
        string ModelId, long ExperimentId, string Name, string? ModelType, Guid? SourceRun, IReadOnlyDictionary<string, string> Params,
        IReadOnlyDictionary<string, string> Tags, string CreatedBy) : LoggedModelCommand;

    public sealed record Settle(LoggedModelStatus Status) : LoggedModelCommand;

    public sealed record LogParams(IReadOnlyDictionary<string, string> Params) : LoggedModelCommand;

    /// <summary>A null value removes the tag.</summary>
    public sealed record SetTags(IReadOnlyDictionary<string, string?> Tags) : LoggedModelCommand;

    public sealed record Delete : LoggedModelCommand;
}

/// <summary>The life of a logged model. Pure: no clock, no store. The same command twice adds nothing.</summary>
internal static class LoggedModelDecider
{
    /// <summary>The most params, and the most tags, of one logged model.</summary>
    public const int MaxEntries = 500;

    /// <summary>404: there is no such logged model in the project.</summary>
    public static Rejection Unknown { get; } = NotFound("logged-model.unknown", "There is no such logged model in this project.");

    public static Decision<LoggedModelEvent> Decide(LoggedModelCommand command, LoggedModel? model, DateTimeOffset now) => (command, model) switch
    {
        (LoggedModelCommand.Create c, null) => new LoggedModelEvent.Created(
            c.ModelId, c.ExperimentId, c.Name, c.ModelType, c.SourceRun, c.Params, c.Tags, c.CreatedBy, now),
        (LoggedModelCommand.Create, _) => Decision<LoggedModelEvent>.Nothing,
        (LoggedModelCommand.Delete, { Deleted: true }) => Decision<LoggedModelEvent>.Nothing,
        (_, null or { Deleted: true }) => Unknown,
        (LoggedModelCommand.Settle c, _) => c.Status == model.Status ? Decision<LoggedModelEvent>.Nothing : new LoggedModelEvent.Finalized(c.Status, now),
        (LoggedModelCommand.LogParams c, _) => LogParams(c, model, now),
        (LoggedModelCommand.SetTags c, _) => SetTags(c, model, now),
        (LoggedModelCommand.Delete, _) => new LoggedModelEvent.Deleted(now),
        _ => throw new ArgumentOutOfRangeException(nameof(command), command, "No such command."),
    };

    private static Decision<LoggedModelEvent> LogParams(LoggedModelCommand.LogParams c, LoggedModel model, DateTimeOffset now)
    {
        foreach (var (key, value) in c.Params)
        {
            if (model.Params.TryGetValue(key, out var old) && old != value)
                return Conflict("param.immutable", $"Changing param values is not allowed. Param with key='{key}' was already logged with value='{old}'.", "params");
        }

        var added = c.Params.Where(param => !model.Params.ContainsKey(param.Key)).ToDictionary(StringComparer.Ordinal);
        if (added.Count == 0) return Decision<LoggedModelEvent>.Nothing;
        return model.Params.Count + added.Count > MaxEntries
            ? Unprocessable("params.too-many", $"A logged model holds at most {MaxEntries} params.", "params")
            : new LoggedModelEvent.ParamsLogged(added, now);
    }

    private static Decision<LoggedModelEvent> SetTags(LoggedModelCommand.SetTags c, LoggedModel model, DateTimeOffset now)
    {
        var set = c.Tags.Where(tag => tag.Value is not null && (!model.Tags.TryGetValue(tag.Key, out var old) || old != tag.Value))
            .ToDictionary(tag => tag.Key, tag => tag.Value!, StringComparer.Ordinal);
        string[] removed = [.. c.Tags.Where(tag => tag.Value is null && model.Tags.ContainsKey(tag.Key)).Select(tag => tag.Key)];
        if (set.Count == 0 && removed.Length == 0) return Decision<LoggedModelEvent>.Nothing;
        var changed = new LoggedModelEvent.TagsSet(set, removed, now);
        return model.Apply(changed).Tags.Count > MaxEntries
            ? Unprocessable("tags.too-many", $"A logged model holds at most {MaxEntries} tags.", "tags")
            : changed;
    }
}
