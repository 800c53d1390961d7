using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Mesh.Contracts;

/// <summary>
/// Names one thing of a project across services: <c>mesh://{project}/{kind}/{key}</c>, then <c>@{version}</c> or <c>#{tag}</c>, or neither for the newest.
/// A key may have slashes; what an address cannot hold as it is stands there percent-encoded.
/// </summary>
/// <param name="Project">The project.</param>
/// <param name="Kind">What it is: a kind of artifact (<c>dataset</c>, <c>model</c>, <c>file</c>, …), or one of the other names in this class.</param>
/// <param name="Key">Key of the artifact, name of the model or endpoint, id of the run.</param>
/// <param name="Version">The version, as its kind numbers them.</param>
/// <param name="Tag">The tag or alias that points to a version.</param>
public sealed record MeshUri(string Project, string Kind, string Key, string? Version = null, string? Tag = null)
{
    /// <summary>Kind of a version of a registered model; its <see cref="Tag"/> is an alias.</summary>
    public const string RegisteredModel = "registered-model";

    /// <summary>Kind of a run; its key is its id.</summary>
    public const string Run = "run";

    /// <summary>Kind of a function; its version is one of its code.</summary>
    public const string Function = "function";

    /// <summary>Kind of a serving endpoint.</summary>
    public const string Endpoint = "endpoint";

    /// <summary>Kind of a window of predictions of an endpoint; its version is the time at which it begins.</summary>
    public const string Window = "window";

    /// <summary>Kind of an alert; its key is the rule, its version the event that fired it.</summary>
    public const string Alert = "alert";

    private const string Scheme = "mesh://";

    // More than any key in form can need, encoded.
    private const int MaxLength = 4096;

    /// <summary>The version as a number from 1 on; null where there is none or it is no number.</summary>
    public int? VersionNumber() => int.TryParse(Version, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number : null;

    /// <summary>Makes the address of a numbered version.</summary>
    public static MeshUri Of(string project, string kind, string key, int version) => new(project, kind, key, version.ToString(CultureInfo.InvariantCulture));

    /// <summary>Reads an address.</summary>
    /// <param name="fault">What is wrong with it, as the end of a sentence: <c>must begin with mesh://</c>.</param>
    public static bool TryParse(string? text, [NotNullWhen(true)] out MeshUri? uri, [NotNullWhen(false)] out string? fault)
    {
        uri = null;
        fault = Fault(text);
        if (fault is not null) return false;

        var parts = text![Scheme.Length..].Split('/', 3);
        var (key, mark) = (parts[2], parts[2].LastIndexOfAny(['@', '#']));
        var pointer = mark < 0 ? null : Uri.UnescapeDataString(key[(mark + 1)..]);
        var name = Uri.UnescapeDataString(mark < 0 ? key : key[..mark]);
        if (!Names.IsKey(name)) fault = "must name a key of 1 to 250 of letters, digits, '_', '-', '.', '/', ' ' and ':' that does not begin with '/' or hold '..'";
        else if (pointer is not null && !Names.IsKey(pointer)) fault = "must have a version after '@', or a tag after '#'";
        else uri = new MeshUri(parts[0], parts[1], name, mark >= 0 && key[mark] == '@' ? pointer : null, mark >= 0 && key[mark] == '#' ? pointer : null);
        return fault is null;
    }

    /// <summary>The address as text, which <see cref="TryParse"/> reads back.</summary>
    public override string ToString() => $"{Scheme}{Project}/{Kind}/{Encode(Key)}{(Version is null ? "" : $"@{Encode(Version)}")}{(Tag is null ? "" : $"#{Encode(Tag)}")}";

    private static string? Fault(string? text)
    {
        if (text is null || !text.StartsWith(Scheme, StringComparison.Ordinal)) return $"must begin with {Scheme}";
        if (text.Length > MaxLength) return $"must be at most {MaxLength} characters";
        var parts = text[Scheme.Length..].Split('/', 3);
        if (parts.Length < 3) return $"must have the form {Scheme}project/kind/key@version";
        if (!Names.IsLabel(parts[0])) return "must name a project first: a DNS label";
        return Names.IsLabel(parts[1]) ? null : "must name a kind after the project: a DNS label";
    }

    private static string Encode(string text) => Uri.EscapeDataString(text).Replace("%2F", "/", StringComparison.Ordinal).Replace("%3A", ":", StringComparison.Ordinal);
}
