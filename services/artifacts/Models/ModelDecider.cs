using Mesh.Contracts;
using Mesh.Hosting.Decisions;

namespace Mesh.Artifacts.Models;

/// <summary>What may be asked of a registered model. Facts from elsewhere (the artifact, the annexes) come looked up.</summary>
internal abstract record ModelCommand(string By)
{
    public sealed record Register(
        string Model, string Framework, string Artifact, int ArtifactVersion, string Digest, long Size, Guid? RunId, string Card, string? Statistics,
        string By) : ModelCommand(By);

    public sealed record MoveAlias(string Alias, int Version, int? Expected, string By) : ModelCommand(By);

    public sealed record DeleteAlias(string Alias, int? Expected, string By) : ModelCommand(By);

    public sealed record Promote(string Alias, int Version, int? Expected, string? Reason, string By) : ModelCommand(By);
}

/// <summary>The rules of the model registry.</summary>
internal static class ModelDecider
{
    /// <summary>The alias that always means the newest version, so it can be read but not moved.</summary>
    public const string Latest = "latest";

    private const int MaxAliases = 100;

    public static Decision<ModelEvent> Decide(ModelCommand command, Model? state, DateTimeOffset now) => (command, state) switch
    {
        (ModelCommand.Register c, _) => new ModelEvent.VersionRegistered(
            c.Model, (state?.LatestVersion ?? 0) + 1, c.Framework, c.Artifact, c.ArtifactVersion, c.Digest, c.Size, c.RunId, c.Card, c.Statistics, c.By, now),
        (_, null) => Rejection.NotFound("model.unknown", "There is no such model in this project."),
        (ModelCommand.MoveAlias c, { } model) => Move(c, model, now),
        (ModelCommand.DeleteAlias c, { } model) => Delete(c, model, now),
        (ModelCommand.Promote c, { } model) => Promote(c, model, now),
        _ => throw new ArgumentOutOfRangeException(nameof(command)),
    };

    private static Decision<ModelEvent> Move(ModelCommand.MoveAlias c, Model model, DateTimeOffset now)
    {
        var at = model.Aliases.GetValueOrDefault(c.Alias);
        if (Refusal(model, c.Alias, c.Version) is { } refusal) return refusal;

        // Before the comparison: a move that is repeated because its answer was lost finds the alias where it wants it.
        if (at == c.Version) return Decision<ModelEvent>.Nothing;
        if (NotExpected(c.Alias, c.Expected, at) is { } moved) return moved;
        return new ModelEvent.AliasMoved(model.Name, c.Alias, c.Version, at, c.By, now);
    }

    private static Decision<ModelEvent> Delete(ModelCommand.DeleteAlias c, Model model, DateTimeOffset now)
    {
        if (!model.Aliases.TryGetValue(c.Alias, out var at)) return Rejection.NotFound("alias.unknown", $"The model '{model.Name}' has no alias '{c.Alias}'.");
        if (NotExpected(c.Alias, c.Expected, at) is { } moved) return moved;
        return new ModelEvent.AliasDeleted(model.Name, c.Alias, at, c.By, now);
    }

    private static Decision<ModelEvent> Promote(ModelCommand.Promote c, Model model, DateTimeOffset now)
    {
        var at = model.Aliases.GetValueOrDefault(c.Alias);
        if (Refusal(model, c.Alias, c.Version) is { } refusal) return refusal;
        if (at == c.Version)
        {
            var promoted = model.Promoted.GetValueOrDefault(c.Alias);
            if (promoted == c.Version) return Decision<ModelEvent>.Nothing;
            return new ModelEvent.Promoted(model.Name, c.Version, c.Alias, promoted, c.Reason, c.By, now);
        }

        if (NotExpected(c.Alias, c.Expected, at) is { } moved) return moved;
        return Decision<ModelEvent>.Of(
            new ModelEvent.AliasMoved(model.Name, c.Alias, c.Version, at, c.By, now),
            new ModelEvent.Promoted(model.Name, c.Version, c.Alias, at, c.Reason, c.By, now));
    }

    private static Rejection? Refusal(Model model, string alias, int version)
    {
        if (!Names.IsLabel(alias))
            return Rejection.Malformed("alias.malformed", "An alias is a DNS label: 1 to 63 of a-z, 0-9 and '-', beginning and ending with a letter or digit.", "alias");
        if (alias == Latest)
            return Rejection.Unprocessable("alias.reserved", $"'{Latest}' always means the newest version and cannot be set.", "alias");
        if (version < 1 || version > model.LatestVersion)
            return Rejection.Unprocessable("model.version-unknown", $"The model '{model.Name}' has versions 1 to {model.LatestVersion}, not {version}.", "version");
        if (!model.Aliases.ContainsKey(alias) && model.Aliases.Count >= MaxAliases)
            return Rejection.Unprocessable("alias.too-many", $"A model has at most {MaxAliases} aliases. Delete one first.", "alias");
        return null;
    }

    private static Rejection? NotExpected(string alias, int? expected, int at) => expected is null || expected == at
        ? null
        : Rejection.Conflict("alias.moved", $"'{alias}' was expected at version {expected}, but it is at {at} (0: nowhere). Somebody moved it.", "expected");
}
