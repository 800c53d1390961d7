using Mesh.Hosting.Decisions;

namespace Mesh.Artifacts.Models;

/// <summary>The rules of the model registry: of models here, of aliases, versions and approvals beside it.</summary>
internal static class ModelDecider
{
    /// <summary>The most tags of a model, and of a version.</summary>
    public const int MaxTags = 500;

    /// <summary>404: there is no such model.</summary>
    public static Rejection Unknown { get; } = Rejection.NotFound("model.unknown", "There is no such model in this project.");

    public static Decision<ModelEvent> Decide(ModelCommand command, Model? state, DateTimeOffset now) => (command, state) switch
    {
        (ModelCommand.Create c, null or { IsDeleted: true }) => new ModelEvent.Created(c.Model, c.Description, c.Tags, c.By, now),
        (ModelCommand.Create c, _) => Taken(c.Model),
        (ModelCommand.Register c, _) => Register(c, state, now),
        (_, null or { IsDeleted: true }) => Unknown,
        (ModelCommand.Change c, { } model) => Change(c, model, now),
        (ModelCommand.Rename c, { } model) => c.Name == model.Name ? Decision<ModelEvent>.Nothing : new ModelEvent.Renamed(c.Name, model.Name, c.By, now),
        (ModelCommand.Delete c, { } model) => new ModelEvent.Deleted(model.Name, c.By, now),
        (ModelCommand.MoveAlias c, { } model) => AliasRules.Move(c, model, now),
        (ModelCommand.DeleteAlias c, { } model) => AliasRules.Delete(c, model, now),
        (ModelCommand.Promote c, { } model) => AliasRules.Promote(c, model, now),
        (ModelCommand.SetGate c, { } model) => AliasRules.SetGate(c, model, now),
        (ModelCommand.RemoveGate c, { } model) => AliasRules.RemoveGate(c, model, now),
        (ModelCommand.ChangeVersion c, { } model) => VersionRules.Change(c, model, now),
        (ModelCommand.LogMetrics c, { } model) => MetricRules.Log(c, model, now),
        (ModelCommand.MoveToStage c, { } model) => VersionRules.MoveToStage(c, model, now),
        (ModelCommand.DeleteVersion c, { } model) => VersionRules.Delete(c, model, now),
        (ModelCommand.DecideApproval c, { } model) => ApprovalRules.Decide(c, model, now),
        _ => throw new ArgumentOutOfRangeException(nameof(command)),
    };

    /// <summary>409: another model has the name.</summary>
    public static Rejection Taken(string name) => Rejection.Conflict("model.exists", $"There is a model '{name}' already.", "name");

    /// <summary>What of tags changes: which are set to a new value, which go.</summary>
    public static (Dictionary<string, string> Set, List<string> Removed) Difference(IReadOnlyDictionary<string, string> tags, IReadOnlyDictionary<string, string?>? change)
    {
        var (set, removed) = (new Dictionary<string, string>(StringComparer.Ordinal), new List<string>());
        foreach (var (key, value) in change ?? new Dictionary<string, string?>())
        {
            if (value is null && tags.ContainsKey(key)) removed.Add(key);
            else if (value is not null && tags.GetValueOrDefault(key) != value) set[key] = value;
        }

        return (set, removed);
    }

    /// <summary>The refusal of more tags than there may be.</summary>
    public static Rejection? TooMany(IReadOnlyDictionary<string, string> tags, Dictionary<string, string> set, List<string> removed) =>
        tags.Count + set.Keys.Count(key => !tags.ContainsKey(key)) - removed.Count > MaxTags
            ? Rejection.Unprocessable("tags.too-many", $"There are at most {MaxTags} tags. Remove some first.", "tags")
            : null;

    private static Decision<ModelEvent> Register(ModelCommand.Register c, Model? state, DateTimeOffset now)
    {
        var version = new ModelEvent.VersionRegistered(
            c.Model, (state?.LatestVersion ?? 0) + 1, c.Framework, c.Artifact, c.ArtifactVersion, c.Digest, c.Size, c.RunId, c.Card, c.Statistics, c.By, now, c.Source,
            c.RunLink, c.Description, c.Tags);
        return state is { IsDeleted: true }
            ? Decision<ModelEvent>.Of(new ModelEvent.Created(c.Model, null, new Dictionary<string, string>(), c.By, now), version)
            : version;
    }

    private static Decision<ModelEvent> Change(ModelCommand.Change c, Model model, DateTimeOffset now)
    {
        var events = new List<ModelEvent>();
        var description = c.Description is null ? model.Description : c.Description.Length == 0 ? null : c.Description;
        if (description != model.Description) events.Add(new ModelEvent.Described(model.Name, description, c.By, now));
        var (set, removed) = Difference(model.Tags, c.Tags);
        if (TooMany(model.Tags, set, removed) is { } refusal) return refusal;
        if (set.Count + removed.Count > 0) events.Add(new ModelEvent.Tagged(model.Name, set, removed, c.By, now));
        return Decision<ModelEvent>.Of([.. events]);
    }
}
