using System.Text.Json.Serialization;

namespace Mesh.Contracts.Functions;

/// <summary>Code of a function that lies in the artifacts of its project: a version of kind directory, whose files are laid into the working folder of a job.</summary>
/// <param name="Key">Key of the artifact.</param>
/// <param name="Version">Its version.</param>
/// <param name="Digest">What the version holds; filled in by the service. The same files are the same content, whatever their version.</param>
public sealed record CodeBundle(string Key, int Version, string? Digest = null)
{
    /// <summary>The most bytes that the files of a bundle have together.</summary>
    public const long MostBytes = 512L << 20;

    internal void Check(Faults faults, string field)
    {
        faults.Key(Key, $"{field}.key");
        faults.Require(Version >= 1, $"{field}.version", "must be 1 or more.");
    }
}

/// <summary>Code of a function that lies in a git repository.</summary>
/// <param name="Url">An address of <c>https</c> or <c>ssh</c>, or a <c>file</c> address where the operator allows its folder.</param>
/// <param name="Ref">A branch, a tag or a commit; the head of the repository when absent.</param>
/// <param name="Folder">The folder of the repository that becomes the working folder; the whole of it when absent.</param>
/// <param name="Commit">The commit that was meant when the function was defined; filled in by the service.</param>
public sealed record GitSource(string Url, string? Ref = null, string? Folder = null, string? Commit = null)
{
    /// <summary>
    /// Name of the secret of the project that opens the repository: for <c>https</c> <c>user:token</c> or a token alone, for <c>ssh</c> a private key without a passphrase.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Secret { get; init; }

    /// <summary>For <c>ssh</c>: lines of a <c>known_hosts</c> file with the keys that the host may have, beside those that the operator knows.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? KnownHosts { get; init; }

    internal void Check(Faults faults, string field)
    {
        faults.Require(!string.IsNullOrWhiteSpace(Url) && Url[0] != '-', $"{field}.url", "must be the address of a repository, such as https://host/team/project.git.");
        faults.Text(Url, $"{field}.url", 2000);
        faults.Require(Ref is null || IsRef(Ref), $"{field}.ref", "must be a branch, a tag or a commit of 1 to 250 of letters, digits, '_', '-', '.' and '/'.");
        faults.Require(Folder is null || Names.IsKey(Folder), $"{field}.folder", "must be a relative path without '..'.");
        faults.Require(Secret is null or { Length: >= 1 and <= 128 }, $"{field}.secret", "must be the name of a secret of the project.");
        faults.Text(KnownHosts, $"{field}.knownHosts", 20_000);
    }

    private static bool IsRef(string name) =>
        Names.IsKey(name) && name[0] != '-' && !name.AsSpan().ContainsAny(' ', ':') && !name.EndsWith(".lock", StringComparison.Ordinal) && !name.EndsWith('/');
}

/// <summary>What the values of a param are.</summary>
public enum ParamType
{
    /// <summary>Any text.</summary>
    String,

    /// <summary>A whole number of 64 bits.</summary>
    Int,

    /// <summary>A finite number.</summary>
    Float,

    /// <summary><c>true</c> or <c>false</c>.</summary>
    Bool,

    /// <summary>One of several texts.</summary>
    Choice,
}

/// <summary>A param that a function declares.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">What its values are.</param>
/// <param name="Default">The value of a job that gives none.</param>
/// <param name="Required">Whether a job without a value is refused.</param>
/// <param name="Min">The least number that it may be.</param>
/// <param name="Max">The greatest number that it may be.</param>
/// <param name="Choices">The values of a choice.</param>
/// <param name="Description">What it means.</param>
public sealed record ParamSpec(
    string Name, ParamType Type = ParamType.String, string? Default = null, bool Required = false, double? Min = null, double? Max = null,
    IReadOnlyList<string>? Choices = null, string? Description = null)
{
    internal void Check(Faults faults, string field)
    {
        faults.Key(Name, $"{field}.name");
        faults.Text(Default, $"{field}.default", 6000);
        faults.Text(Description, $"{field}.description", 1000);
        faults.Require(Type == ParamType.Choice == Choices is { Count: > 0 }, $"{field}.choices", "must be given for a choice, and for nothing else.");
        faults.Count(Choices?.Count ?? 0, $"{field}.choices", 200);
        for (var i = 0; i < (Choices?.Count ?? 0); i++) faults.Value(Choices![i], $"{field}.choices[{i}]", 250);
        faults.Require((Min is null && Max is null) || Type is ParamType.Int or ParamType.Float, $"{field}.min", "must be given for numbers only, as must max.");
        faults.Require(!(Min > Max), $"{field}.max", "must not be less than min.");
    }
}

/// <summary>Something that the jobs of a function read, laid into their working folder before they start.</summary>
/// <param name="Name">Its name: <c>MESH_INPUT_{NAME}</c> is where it lies.</param>
/// <param name="Uri">The <c>mesh://</c> address of a job that names no other.</param>
/// <param name="Required">Whether a job without an address is refused.</param>
/// <param name="Description">What it is.</param>
public sealed record InputSpec(string Name, string? Uri = null, bool Required = true, string? Description = null);

/// <summary>Something that the jobs of a function make, kept as an artifact of the run when the job has ended well.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Path">A path of the working folder, or a pattern of <c>*</c>, <c>?</c> and <c>**</c>.</param>
/// <param name="Kind">The kind of the artifact; what is a folder or matches several files becomes a directory, whatever this says.</param>
/// <param name="Key">Key of the artifact; the name when absent.</param>
/// <param name="Required">Whether a job that did not make it has failed.</param>
public sealed record OutputSpec(string Name, string Path, Artifacts.ArtifactKind Kind = Artifacts.ArtifactKind.File, string? Key = null, bool Required = true);

internal static class CodeChecks
{
    public static void Common(Faults faults, DefineFunction function)
    {
        function.Bundle?.Check(faults, "bundle");
        function.Git?.Check(faults, "git");
        faults.Require(function.Bundle is null || function.Git is null, "git", "must be absent where a bundle is given.");
        faults.Require(
            function.Kind == FunctionKind.Process || (function.Bundle is null && function.Git is null), "bundle",
            "must be absent for a function of kind hub, as must git.");
        faults.Count(function.Requirements?.Count ?? 0, "requirements", 500);
        for (var i = 0; i < (function.Requirements?.Count ?? 0); i++)
        {
            faults.Value(function.Requirements![i], $"requirements[{i}]", 1000);
            faults.Require(function.Requirements[i]?.AsSpan().ContainsAny('\n', '\r') != true, $"requirements[{i}]", "must be one line.");
        }

        Each(faults, function.ParamSpecs, "paramSpecs", 200, spec => spec.Name, (spec, field) => spec.Check(faults, field));
        Each(faults, function.Inputs, "inputs", 50, spec => spec.Name, (spec, field) =>
        {
            Input(faults, spec.Name, spec.Uri, field, $"{field}.uri");
            faults.Text(spec.Description, $"{field}.description", 1000);
        });
        Each(faults, function.Outputs, "outputs", 50, spec => spec.Name, (spec, field) =>
        {
            faults.Key(spec.Name, $"{field}.name");
            faults.Require(
                spec.Path is { Length: >= 1 and <= 500 } path && path[0] != '/' && !path.Split('/').Any(part => part is "" or "." or ".."), $"{field}.path",
                "must be a path of the working folder, such as 'out/model.onnx' or 'plots/*.png'.");
            if (spec.Key is not null) faults.Key(spec.Key, $"{field}.key");
        });
    }

    /// <summary>Checks the inputs of a job.</summary>
    public static void Inputs(Faults faults, Dictionary<string, string>? inputs)
    {
        faults.Count(inputs?.Count ?? 0, "inputs", 50);
        foreach (var (name, uri) in inputs ?? [])
        {
            faults.Value(uri, $"inputs.{name}", 4096);
            Input(faults, name, uri, $"inputs.{name}", $"inputs.{name}");
        }
    }

    private static void Input(Faults faults, string? name, string? uri, string field, string uriField)
    {
        faults.Require(
            name is { Length: >= 1 and <= 100 } && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-'), field, "must be a name of 1 to 100 letters, digits, '_' and '-'.");
        if (uri is not null && !MeshUri.TryParse(uri, out _, out var fault)) faults.Add(uriField, $"{fault}.");
    }

    private static void Each<T>(Faults faults, IReadOnlyList<T>? items, string field, int most, Func<T, string> name, Action<T, string> check) where T : class
    {
        faults.Count(items?.Count ?? 0, field, most);
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < (items?.Count ?? 0); i++)
        {
            if (items![i] is not { } item)
            {
                faults.Add($"{field}[{i}]", "must be an object, not null.");
                continue;
            }

            check(item, $"{field}[{i}]");
            faults.Require(seen.Add(name(item) ?? ""), $"{field}[{i}].name", "must be given once.");
        }
    }
}
