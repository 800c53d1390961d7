using Mesh.Artifacts.Pointers;
using Mesh.Contracts;
using Mesh.Hosting.Decisions;

namespace Mesh.Artifacts.Models;

/// <summary>How aliases move: only to versions that are there, past their gate, and under nobody's feet.</summary>
internal static class AliasRules
{
    public static Decision<ModelEvent> Move(ModelCommand.MoveAlias c, Model model, DateTimeOffset now)
    {
        var at = model.Aliases.GetValueOrDefault(c.Alias);
        if (Refusal(model, c.Alias, c.Version) is { } refusal) return refusal;

        // Before the comparison: a move that is repeated because its answer was lost finds the alias where it wants it.
        if (at == c.Version) return Decision<ModelEvent>.Nothing;
        if (Pointer.NotExpected("alias", c.Alias, c.Expected, at) is { } moved) return moved;
        if (GateRules.Refusal(model, c.Alias, c.Version, c.Metrics) is { } held) return held;
        return new ModelEvent.AliasMoved(model.Name, c.Alias, c.Version, at, c.By, now);
    }

    public static Decision<ModelEvent> Delete(ModelCommand.DeleteAlias c, Model model, DateTimeOffset now)
    {
        if (!model.Aliases.TryGetValue(c.Alias, out var at)) return Rejection.NotFound("alias.unknown", $"The model '{model.Name}' has no alias '{c.Alias}'.");
        if (Pointer.NotExpected("alias", c.Alias, c.Expected, at) is { } moved) return moved;
        return new ModelEvent.AliasDeleted(model.Name, c.Alias, at, c.By, now);
    }

    public static Decision<ModelEvent> Promote(ModelCommand.Promote c, Model model, DateTimeOffset now)
    {
        var at = model.Aliases.GetValueOrDefault(c.Alias);
        if (Refusal(model, c.Alias, c.Version) is { } refusal) return refusal;
        if (at == c.Version)
        {
            var promoted = model.Promoted.GetValueOrDefault(c.Alias);
            if (promoted == c.Version) return Decision<ModelEvent>.Nothing;
            return new ModelEvent.Promoted(model.Name, c.Version, c.Alias, promoted, c.Reason, c.By, now);
        }

        if (Pointer.NotExpected("alias", c.Alias, c.Expected, at) is { } moved) return moved;
        if (GateRules.Refusal(model, c.Alias, c.Version, c.Metrics) is { } held) return held;
        return Decision<ModelEvent>.Of(
            new ModelEvent.AliasMoved(model.Name, c.Alias, c.Version, at, c.By, now),
            new ModelEvent.Promoted(model.Name, c.Version, c.Alias, at, c.Reason, c.By, now));
    }

    public static Decision<ModelEvent> SetGate(ModelCommand.SetGate c, Model model, DateTimeOffset now)
    {
        if (Malformed(c.Gate.Alias) is { } refusal) return refusal;
        if (!model.Gates.ContainsKey(c.Gate.Alias) && model.Gates.Count >= Pointer.Most)
            return Rejection.Unprocessable("gate.too-many", $"A model has at most {Pointer.Most} gates. Remove one first.", "alias");
        var same = model.Gates.TryGetValue(c.Gate.Alias, out var gate) && gate with { Checks = [] } == c.Gate with { Checks = [] } && gate.Checks.SequenceEqual(c.Gate.Checks);
        return same ? Decision<ModelEvent>.Nothing : new ModelEvent.GateSet(model.Name, c.Gate, c.By, now);
    }

    public static Decision<ModelEvent> RemoveGate(ModelCommand.RemoveGate c, Model model, DateTimeOffset now) => model.Gates.ContainsKey(c.Alias)
        ? new ModelEvent.GateRemoved(model.Name, c.Alias, c.By, now)
        : Rejection.NotFound("gate.unknown", $"The alias '{c.Alias}' of '{model.Name}' has no gate.");

    private static Rejection? Malformed(string alias)
    {
        if (Names.IsAlias(alias)) return null;
        return alias.Equals(Pointer.Latest, StringComparison.OrdinalIgnoreCase)
            ? Pointer.Reserved("alias")
            : Rejection.Malformed("alias.malformed", $"An alias {Names.AliasForm}", "alias");
    }

    private static Rejection? Refusal(Model model, string alias, int version)
    {
        if (Malformed(alias) is { } malformed) return malformed;
        if (!model.Has(version)) return VersionRules.NotThere(model, version);
        if (!model.Aliases.ContainsKey(alias) && model.Aliases.Count >= Pointer.Most)
            return Rejection.Unprocessable("alias.too-many", $"A model has at most {Pointer.Most} aliases. Delete one first.", "alias");
        return null;
    }
}
