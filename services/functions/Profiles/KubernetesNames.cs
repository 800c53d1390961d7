using System.Text.RegularExpressions;

namespace Mesh.Functions.Profiles;

/// <summary>The forms of names that a cluster takes, as its API conventions give them.</summary>
internal static partial class KubernetesNames
{
    /// <summary>What begins the keys of Mesh's labels.</summary>
    public const string Own = "mesh/";

    /// <summary>The label that says who made an object.</summary>
    public const string ManagedBy = "app.kubernetes.io/managed-by";

    /// <summary>Whether a label is set by Mesh.</summary>
    public static bool IsOwn(string key) => key == ManagedBy || key.StartsWith(Own, StringComparison.Ordinal);

    /// <summary>A DNS subdomain, as names of most objects are.</summary>
    public static bool IsSubdomain(string? name) => name is { Length: >= 1 and <= 253 } && Subdomain().IsMatch(name);

    /// <summary>A key of a label or an annotation: a name of at most 63 characters, with a DNS subdomain before it or not.</summary>
    public static bool IsQualified(string? key)
    {
        if (key is null) return false;
        var slash = key.IndexOf('/', StringComparison.Ordinal);
        return (slash < 0 || IsSubdomain(key[..slash])) && key[(slash + 1)..] is { Length: >= 1 and <= 63 } name && Name().IsMatch(name);
    }

    /// <summary>A value of a label.</summary>
    public static bool IsLabelValue(string? value) => value is { Length: 0 } || (value is { Length: <= 63 } && Name().IsMatch(value));

    /// <summary>A quantity of a resource.</summary>
    public static bool IsQuantity(string? text) => text is { Length: <= 32 } && QuantityForm().IsMatch(text);

    [GeneratedRegex(@"\A[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\z")]
    private static partial Regex Subdomain();

    [GeneratedRegex(@"\A[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?\z")]
    private static partial Regex Name();

    [GeneratedRegex(@"\A[0-9]+(\.[0-9]+)?(n|u|m|k|Ki|M|Mi|G|Gi|T|Ti|P|Pi|E|Ei)?\z")]
    private static partial Regex QuantityForm();
}
