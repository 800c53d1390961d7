using System.Text.Json.Serialization;
using Mesh.Contracts.Functions;
using Mesh.Hosting.Decisions;

namespace Mesh.Functions.Definitions;

/// <summary>A version in the list of a function. <paramref name="Hash"/> finds its content.</summary>
public sealed record FunctionVersion(int Number, string Hash, FunctionKind Kind, string CreatedBy, DateTimeOffset CreatedAt)
{
    /// <summary>Which item of a hub it was made of.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public HubOrigin? Origin { get; init; }
}

/// <summary>A function: its versions, and which of them is current.</summary>
public sealed record Function
{
    /// <summary>Stream key, see <see cref="KeyOf"/>.</summary>
    public required string Id { get; init; }

    /// <summary>Version of the stream.</summary>
    public long Version { get; set; }

    /// <summary>Name in the project.</summary>
    public required string Name { get; init; }

    /// <summary>Oldest first; version n is at n - 1.</summary>
    public IReadOnlyList<FunctionVersion> Versions { get; init; } = [];

    /// <summary>Number of the version that a job runs when it names none.</summary>
    public int Current { get; init; }

    /// <summary>Tag to number of the version.</summary>
    public IReadOnlyDictionary<string, int> Tags { get; init; } = new Dictionary<string, int>();

    /// <summary>Stream key of a function. The prefix keeps a function that is named like a job's id apart from the job.</summary>
    public static string KeyOf(string name) => $"function:{name}";

    public static Function Create(FunctionEvent.Defined e) => new Function { Id = KeyOf(e.Function), Name = e.Function }.Apply(e);

    public Function Apply(FunctionEvent.Defined e) => this with
    {
        Versions = [.. Versions, new FunctionVersion(e.Version, e.Hash, e.Kind, e.By, e.At) { Origin = e.Origin }],
        Current = e.Version,
    };

    public Function Apply(FunctionEvent.Restored e) => this with { Current = e.Version };

    public Function Apply(FunctionEvent.TagMoved e) => this with { Tags = new Dictionary<string, int>(Tags) { [e.Tag] = e.Version } };

    public Function Apply(FunctionEvent.TagRemoved e) => this with { Tags = Tags.Where(tag => tag.Key != e.Tag).ToDictionary() };

    /// <summary>A version by number; the current one for null; null when there is none.</summary>
    public FunctionVersion? Find(int? number)
    {
        var wanted = number ?? Current;
        return wanted >= 1 && wanted <= Versions.Count ? Versions[wanted - 1] : null;
    }
}

/// <summary>The decisions about functions.</summary>
public static class FunctionDecider
{
    /// <summary>Defines a function by its content: content it has had is that version again, and nothing at all if that is the current one.</summary>
    public static Decision<FunctionEvent> Define(string name, string hash, FunctionKind kind, string by, Function? state, DateTimeOffset now, HubOrigin? origin = null)
    {
        var known = state?.Versions.FirstOrDefault(v => v.Hash == hash);
        if (known is null) return new FunctionEvent.Defined(name, (state?.Versions.Count ?? 0) + 1, hash, kind, by, now) { Origin = origin };
        return known.Number == state!.Current ? Decision<FunctionEvent>.Nothing : new FunctionEvent.Restored(name, known.Number, hash, by, now);
    }
}
