using System.Text.RegularExpressions;

namespace Mesh.Contracts;

/// <summary>One fault in a request body: the JSON path of the field and a sentence that says what would be right.</summary>
public sealed record FieldFault(string Field, string Message);

/// <summary>A request body that can check its own form. The server runs it before the endpoint; a client may run it before sending.</summary>
public interface IChecked
{
    /// <summary>Reports every fault of form. Meaning (may this happen now) is not checked here.</summary>
    void Check(Faults faults);
}

/// <summary>Collects faults of form.</summary>
public sealed partial class Faults
{
    private readonly List<FieldFault> _items = [];

    /// <summary>What was found, in the order of the checks.</summary>
    public IReadOnlyList<FieldFault> Items => _items;

    /// <summary>Records a fault.</summary>
    public void Add(string field, string message) => _items.Add(new FieldFault(field, message));

    /// <summary>Records a fault unless <paramref name="holds"/>.</summary>
    public void Require(bool holds, string field, string message)
    {
        if (!holds) Add(field, message);
    }

    /// <summary>Checks a name of a project, model, function, endpoint: a DNS label.</summary>
    public void Name(string? value, string field) =>
        Require(Names.IsLabel(value), field, "must be a DNS label: 1 to 63 of a-z, 0-9 and '-', beginning and ending with a letter or digit.");

    /// <summary>Checks the key of a param, metric, tag or artifact.</summary>
    public void Key(string? value, string field) =>
        Require(Names.IsKey(value), field, "must be 1 to 250 of letters, digits, '_', '-', '.', '/', ' ' and ':', and must not begin with '/' or hold '..'.");

    /// <summary>Checks a text: its length, and that it holds no zero character, which neither the store nor an environment can keep.</summary>
    public void Text(string? value, string field, int max)
    {
        Require(value is null || value.Length <= max, field, $"must be at most {max} characters.");
        Require(value is null || !value.Contains('\0', StringComparison.Ordinal), field, "must not hold the character U+0000.");
    }

    /// <summary>Checks an entry of a dictionary: a text, which JSON's null is not, within its length.</summary>
    public void Value(string? value, string field, int max)
    {
        Require(value is not null, field, "must be a text, not null.");
        Text(value, field, max);
    }

    /// <summary>Checks the number of entries.</summary>
    public void Count(int count, string field, int max) => Require(count <= max, field, $"must hold at most {max} entries.");

    /// <summary>Checks labels or tags: keys in form, values of at most 5,000 characters, at most 100 entries.</summary>
    public void Tags(IReadOnlyDictionary<string, string>? tags, string field)
    {
        if (tags is null) return;
        Count(tags.Count, field, 100);
        foreach (var (key, value) in tags)
        {
            Key(key, $"{field}.{key}");
            Value(value, $"{field}.{key}", 5000);
        }
    }
}

/// <summary>The two forms of names that Mesh knows.</summary>
public static partial class Names
{
    /// <summary>Whether the value is a DNS label (RFC 1123, lower case).</summary>
    public static bool IsLabel(string? value) => value is { Length: >= 1 and <= 63 } && Label().IsMatch(value);

    /// <summary>Whether the value is in form as the key of a param, metric, tag or artifact.</summary>
    public static bool IsKey(string? value) =>
        value is { Length: >= 1 and <= 250 } && value[0] != '/' && !value.Contains("..", StringComparison.Ordinal) && KeyForm().IsMatch(value);

    /// <summary>What the name of a registered model is, as the end of a sentence.</summary>
    public const string ModelForm = "must be 1 to 250 of letters, digits, '_', '-', '.' and ' ', and must not hold '..' or begin or end with ' '.";

    /// <summary>Whether the value is in form as the name of a registered model: what clients of MLflow call theirs, and can stand in an address.</summary>
    public static bool IsModel(string? value) =>
        value is not null && IsKey(value) && !value.AsSpan().ContainsAny('/', ':') && !value.StartsWith(' ') && !value.EndsWith(' ') && value != ".";

    /// <summary>What an alias of a model is, as the end of a sentence.</summary>
    public const string AliasForm = "must be 1 to 255 of a-z, A-Z, 0-9, '_' and '-', and neither 'latest' nor 'v' with a number.";

    /// <summary>Whether the value is in form as an alias of a model version.</summary>
    public static bool IsAlias(string? value) => value is { Length: >= 1 and <= 255 } && AliasText().IsMatch(value) && !ReservedAlias().IsMatch(value);

    [GeneratedRegex("^[A-Za-z0-9_-]+\\z", RegexOptions.CultureInvariant)]
    private static partial Regex AliasText();

    [GeneratedRegex("^(latest|v[0-9]+)\\z", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex ReservedAlias();

    [GeneratedRegex("^[a-z0-9]([a-z0-9-]*[a-z0-9])?\\z", RegexOptions.CultureInvariant)]
    private static partial Regex Label();

    [GeneratedRegex(@"^[\p{L}\p{N}_\-./ :]+\z", RegexOptions.CultureInvariant)]
    private static partial Regex KeyForm();
}
