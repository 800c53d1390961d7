using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Mesh.Functions.Hubs;

/// <summary>A version as Semantic Versioning 2.0.0 has it, without build metadata: two versions that are equal there would be two here.</summary>
internal sealed partial record SemanticVersion(int Major, int Minor, int Patch, string? PreRelease) : IComparable<SemanticVersion>
{
    public const string Form = "must be a semantic version such as 1.4.0 or 2.0.0-rc.1, without build metadata and of at most 64 characters.";

    public bool IsRelease => PreRelease is null;

    public static bool TryParse(string? text, [NotNullWhen(true)] out SemanticVersion? version)
    {
        version = null;
        if (text is not { Length: <= 64 } || Pattern().Match(text) is not { Success: true } match) return false;
        if (!Number(match, 1, out var major) || !Number(match, 2, out var minor) || !Number(match, 3, out var patch)) return false;
        version = new SemanticVersion(major, minor, patch, match.Groups[4] is { Success: true } pre ? pre.Value : null);
        return true;
    }

    /// <summary>A version that was checked when it came.</summary>
    public static SemanticVersion Parse(string text) => TryParse(text, out var version) ? version : throw new FormatException($"'{text}' is no semantic version.");

    /// <summary>The version that is meant by none: the greatest release, or the greatest of all where there is no release.</summary>
    public static string Latest(IEnumerable<string> versions) => versions.Select(text => (Text: text, Version: Parse(text))).OrderBy(v => v.Version.IsRelease).ThenBy(v => v.Version).Last().Text;

    /// <summary>By precedence: a pre-release comes before its release, numbers before words.</summary>
    public int CompareTo(SemanticVersion? other)
    {
        if (other is null) return 1;
        var core = (Major, Minor, Patch).CompareTo((other.Major, other.Minor, other.Patch));
        if (core != 0) return core;
        if (PreRelease is null || other.PreRelease is null) return (PreRelease is null).CompareTo(other.PreRelease is null);
        var (left, right) = (PreRelease.Split('.'), other.PreRelease.Split('.'));
        for (var i = 0; i < Math.Min(left.Length, right.Length); i++)
            if (ComparePart(left[i], right[i]) is var part and not 0) return part;
        return left.Length.CompareTo(right.Length);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Major}.{Minor}.{Patch}{(PreRelease is null ? "" : $"-{PreRelease}")}");

    private static int ComparePart(string left, string right) => (IsNumber(left), IsNumber(right)) switch
    {
        // Numbers have no leading zeros, so a longer one is greater.
        (true, true) => left.Length != right.Length ? left.Length.CompareTo(right.Length) : string.CompareOrdinal(left, right),
        (true, false) => -1,
        (false, true) => 1,
        _ => string.CompareOrdinal(left, right),
    };

    private static bool IsNumber(string part) => part.All(char.IsAsciiDigit);

    private static bool Number(Match match, int group, out int number) => int.TryParse(match.Groups[group].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    [GeneratedRegex(@"^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?\z", RegexOptions.CultureInvariant | RegexOptions.ECMAScript)]
    private static partial Regex Pattern();
}
