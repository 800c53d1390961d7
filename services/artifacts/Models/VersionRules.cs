using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Decisions;

namespace Mesh.Artifacts.Models;

/// <summary>What can change of a version: what is said of it, its stage, and whether it is there.</summary>
internal static class VersionRules
{
    public static Decision<ModelEvent> Change(ModelCommand.ChangeVersion c, Model model, DateTimeOffset now)
    {
        if (!model.Has(c.Version)) return NotThere(model, c.Version);
        var description = c.Description is null ? c.Known.Description : c.Description.Length == 0 ? null : c.Description;
        var (set, removed) = ModelDecider.Difference(c.Known.Tags, c.Tags);
        if (ModelDecider.TooMany(c.Known.Tags, set, removed) is { } refusal) return refusal;
        return description == c.Known.Description && set.Count + removed.Count == 0
            ? Decision<ModelEvent>.Nothing
            : new ModelEvent.VersionAnnotated(model.Name, c.Version, description, set, removed, c.By, now);
    }

    public static Decision<ModelEvent> MoveToStage(ModelCommand.MoveToStage c, Model model, DateTimeOffset now)
    {
        if (!model.Has(c.Version)) return NotThere(model, c.Version);
        var events = new List<ModelEvent>();
        // Those that are in a stage are known here, whatever was looked up.
        var from = model.Stages.TryGetValue(c.Version, out var stage) ? stage : c.From is ModelStage.Archived ? ModelStage.Archived : ModelStage.None;
        if (from != c.Stage) events.Add(new ModelEvent.StageChanged(model.Name, c.Version, c.Stage, from, c.By, now));
        if (c.ArchiveOthers)
        {
            events.AddRange(model.Stages.Where(pair => pair.Value == c.Stage && pair.Key != c.Version)
                .Select(pair => new ModelEvent.StageChanged(model.Name, pair.Key, ModelStage.Archived, c.Stage, c.By, now)));
        }

        return Decision<ModelEvent>.Of([.. events]);
    }

    public static Decision<ModelEvent> Delete(ModelCommand.DeleteVersion c, Model model, DateTimeOffset now)
    {
        if (!model.Has(c.Version)) return NotThere(model, c.Version);
        var aliases = model.Aliases.Where(pair => pair.Value == c.Version).Select(pair => pair.Key).Order(StringComparer.Ordinal);
        return Decision<ModelEvent>.Of(
            [.. aliases.Select(alias => new ModelEvent.AliasDeleted(model.Name, alias, c.Version, c.By, now)), new ModelEvent.VersionDeleted(model.Name, c.Version, c.By, now)]);
    }

    /// <summary>422: there is no such version.</summary>
    public static Rejection NotThere(Model model, int version) => Rejection.Unprocessable(
        "model.version-unknown",
        model.Newest == 0 ? $"The model '{model.Name}' has no versions." : $"The model '{model.Name}' has versions 1 to {model.Newest}, not {version}{(version <= model.Newest && version > 0 ? ", which was deleted" : "")}.",
        "version");
}
