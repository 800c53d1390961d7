using Mesh.Contracts;
using Mesh.Contracts.Functions;
using Mesh.Hosting.Decisions;

namespace Mesh.Functions.Definitions;

/// <summary>The decisions about tags of functions: moved by compare-and-set.</summary>
public static class FunctionTagDecider
{
    private const int Most = 100;

    /// <summary>Points a tag to a version. Where it is already it is done, whatever was expected, so that it can be repeated.</summary>
    public static Decision<FunctionEvent> Move(Function? state, string name, string tag, MoveFunctionTag command, string by, DateTimeOffset now)
    {
        if (state is null) return FunctionEndpoints.Unknown(name);
        if (!Names.IsAlias(tag))
            return Rejection.Unprocessable("tag.reserved", $"'{tag}' is no tag: it {Names.AliasForm}", "tag");
        if (state.Find(command.Version) is null) return FunctionEndpoints.UnknownVersion(state, command.Version);
        var at = state.Tags.GetValueOrDefault(tag);
        if (at == command.Version) return Decision<FunctionEvent>.Nothing;
        if (NotExpected(tag, command.Expected, at) is { } moved) return moved;
        if (at == 0 && state.Tags.Count >= Most) return Rejection.Unprocessable("tag.too-many", $"A function has at most {Most} tags.", "tag");
        return new FunctionEvent.TagMoved(name, tag, command.Version, at == 0 ? null : at, by, now);
    }

    /// <summary>Removes a tag.</summary>
    public static Decision<FunctionEvent> Remove(Function? state, string name, string tag, int? expected, string by, DateTimeOffset now)
    {
        if (state is null) return FunctionEndpoints.Unknown(name);
        if (!state.Tags.TryGetValue(tag, out var at)) return Rejection.NotFound("tag.unknown", $"Function '{name}' has no tag '{tag}'.");
        return NotExpected(tag, expected, at) is { } moved ? moved : new FunctionEvent.TagRemoved(name, tag, at, by, now);
    }

    private static Rejection? NotExpected(string tag, int? expected, int at) => expected is null || expected == at
        ? null
        : Rejection.Conflict("tag.moved", $"'{tag}' was expected at version {expected}, but it is at {at} (0: nowhere). Somebody moved it.", "expected");
}
