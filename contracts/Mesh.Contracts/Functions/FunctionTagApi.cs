namespace Mesh.Contracts.Functions;

/// <summary><c>PUT …/functions/{function}/tags/{tag}</c>: points a tag to a version.</summary>
/// <param name="Expected">The version at which the tag was seen, 0 for nowhere: moves it only from there.</param>
public sealed record MoveFunctionTag(int Version, int? Expected = null) : IChecked
{
    public void Check(Faults faults) => faults.Require(Version >= 1, "version", "must be 1 or more.");
}

/// <summary>The tags of a function.</summary>
/// <param name="Tags">Tag to version.</param>
public sealed record FunctionTags(string Name, IReadOnlyDictionary<string, int> Tags);

/// <summary>What became of something between two versions.</summary>
public enum DiffChange
{
    /// <summary>Only the second has it.</summary>
    Added,

    /// <summary>Only the first has it.</summary>
    Removed,

    /// <summary>It differs.</summary>
    Changed,
}

/// <summary>A file that differs.</summary>
/// <param name="Lines">The lines that differ, each behind <c>-</c>, <c>+</c> or a blank, with three lines around; absent where there is no text to compare.</param>
public sealed record FileDiff(string Path, DiffChange Change, long? FromSize, long? ToSize, IReadOnlyList<string>? Lines = null);

/// <summary>Something else that differs.</summary>
/// <param name="Field">Such as <c>command</c>, <c>params.lr</c>, <c>paramSpecs.lr</c> or <c>git.commit</c>.</param>
public sealed record FieldDiff(string Field, DiffChange Change, string? From, string? To);

/// <summary>How two versions of a function differ.</summary>
/// <param name="Files">Files of the function and of its bundle that differ, by path.</param>
/// <param name="Fields">What else differs.</param>
public sealed record FunctionDiff(string Name, int From, int To, IReadOnlyList<FileDiff> Files, IReadOnlyList<FieldDiff> Fields);
