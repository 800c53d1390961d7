namespace Mesh.Contracts.Functions;

/// <summary>A param of a hub item. A blank value is none.</summary>
/// <param name="Choices">The values that it may have; of a list, those that its elements may have. Any when absent.</param>
/// <param name="Min">The least number that it may be.</param>
/// <param name="Max">The greatest number that it may be.</param>
public sealed record HubParam(
    string Name, string Type, string Description, bool Required = false, string? Default = null, IReadOnlyList<string>? Choices = null, double? Min = null,
    double? Max = null);

/// <summary>A built-in item of the hub.</summary>
/// <param name="Outputs">What it makes, in words.</param>
public sealed record HubItem(string Name, string Description, IReadOnlyList<HubParam> Params, IReadOnlyList<string> Outputs)
{
    /// <summary>Semantic version of the item.</summary>
    public string? Version { get; init; }

    /// <summary>How it runs.</summary>
    public FunctionKind? Kind { get; init; }

    /// <summary>What it is for, in single words.</summary>
    public IReadOnlyList<string>? Categories { get; init; }

    /// <summary>What it reads, in words.</summary>
    public IReadOnlyList<string>? Inputs { get; init; }

    /// <summary>A job of it that makes sense.</summary>
    public HubExample? Example { get; init; }
}

/// <summary>An example of a job of an item.</summary>
/// <param name="Params">Values of its params.</param>
/// <param name="Inputs">Addresses of its inputs.</param>
public sealed record HubExample(IReadOnlyDictionary<string, string>? Params = null, IReadOnlyDictionary<string, string>? Inputs = null);
