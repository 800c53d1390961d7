using System.Collections.Frozen;

namespace Mesh.Gateway.Proxy;

/// <summary>Which service answers which address: the one table of the public API's paths.</summary>
public static class ServiceRoutes
{
    /// <summary>The prefix of everything that is in a project.</summary>
    internal const string Projects = "/api/v1/projects";

    /// <summary>The prefix of the MLflow protocol of a project.</summary>
    internal const string Mlflow = "/mlflow";

    /// <summary>What stands behind the project in addresses that carry their own permission.</summary>
    internal const string SignedFiles = "/api/2.0/mlflow-artifacts/signed/";

    /// <summary>The prefix of what every service answers about its own part of the bus.</summary>
    private const string Bus = "/api/v1/bus";

    private static readonly FrozenDictionary<string, string> InProject = new Dictionary<string, string>
    {
        ["members"] = "projects",
        ["secrets"] = "projects",
        ["history"] = "projects",
        ["archive"] = "projects",
        ["restore"] = "projects",
        ["runs"] = "tracking",
        ["metrics"] = "tracking",
        ["experiments"] = "tracking",
        ["retention"] = "tracking",
        ["blobs"] = "artifacts",
        ["storage"] = "artifacts",
        ["artifacts"] = "artifacts",
        ["models"] = "artifacts",
        ["datasets"] = "artifacts",
        ["lineage"] = "artifacts",
        ["functions"] = "functions",
        ["jobs"] = "functions",
        ["schedules"] = "functions",
        ["hubs"] = "functions",
        ["hub-imports"] = "functions",
        ["endpoints"] = "serving",
        ["v2"] = "serving",
        ["monitors"] = "monitoring",
        ["predictions"] = "monitoring",
        ["alerts"] = "monitoring",
        ["webhooks"] = "monitoring",
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenDictionary<string, string> OfPlatform = new Dictionary<string, string>
    {
        ["projects"] = "projects",
        ["tokens"] = "projects",
        ["login-links"] = "projects",
        ["me"] = "projects",
        ["hub"] = "functions",
        ["profiles"] = "functions",
        ["events"] = "monitoring",
        ["lineage"] = "artifacts",
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    // The calls of the MLflow protocol by what stands before their names.
    private static readonly FrozenDictionary<string, string> MlflowCalls = new Dictionary<string, string>
    {
        ["experiments"] = "tracking",
        ["runs"] = "tracking",
        ["metrics"] = "tracking",
        ["artifacts"] = "tracking",
        ["logged-models"] = "tracking",
        ["traces"] = "tracking",
        ["registered-models"] = "artifacts",
        ["model-versions"] = "artifacts",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> InProjectBySpan = InProject.GetAlternateLookup<ReadOnlySpan<char>>();
    private static readonly FrozenDictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> OfPlatformBySpan = OfPlatform.GetAlternateLookup<ReadOnlySpan<char>>();

    // Below the runs of a project; posted, since what they ask for is long.
    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> QuestionsBySpan =
        FrozenSet.Create(StringComparer.OrdinalIgnoreCase, "compare", "table", "group", "correlate").GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The services behind the gateway.</summary>
    public static IReadOnlyList<string> Services { get; } = [.. InProject.Values.Concat(OfPlatform.Values).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>The table as path patterns with their services.</summary>
    public static IEnumerable<(string Pattern, string Service)> Patterns()
    {
        yield return ($"{Projects}/{{project}}", "projects");
        foreach (var (segment, service) in OfPlatform)
            yield return (segment == "projects" ? Projects : $"/api/v1/{segment}/{{**rest}}", service);
        foreach (var service in Services) yield return ($"{Bus}/{service}/{{**rest}}", service);
        foreach (var (segment, service) in InProject) yield return ($"{Projects}/{{project}}/{segment}/{{**rest}}", service);
        foreach (var place in (string[])["health", "version", "get-artifact", "v1/traces"]) yield return ($"{Mlflow}/{{project}}/{place}", "tracking");
        foreach (var api in (string[])["api", "ajax-api"])
        {
            foreach (var (calls, service) in MlflowCalls) yield return ($"{Mlflow}/{{project}}/{api}/2.0/mlflow/{calls}/{{**rest}}", service);
            yield return ($"{Mlflow}/{{project}}/{api}/3.0/mlflow/{{**rest}}", "tracking");
            yield return ($"{Mlflow}/{{project}}/{api}/2.0/mlflow-artifacts/{{**rest}}", "artifacts");
        }
    }

    /// <summary>The service that answers a path, or null when none does.</summary>
    internal static string? ServiceOf(ReadOnlySpan<char> path)
    {
        const string api = "/api/v1/";
        if (!path.StartsWith(api, StringComparison.OrdinalIgnoreCase)) return null;
        var rest = path[api.Length..];
        var first = TakeSegment(ref rest);
        if (first.Equals("bus", StringComparison.OrdinalIgnoreCase))
        {
            var named = TakeSegment(ref rest).ToString();
            return Services.FirstOrDefault(service => service.Equals(named, StringComparison.OrdinalIgnoreCase));
        }

        if (!first.Equals("projects", StringComparison.OrdinalIgnoreCase)) return OfPlatformBySpan.TryGetValue(first, out var platform) ? platform : null;
        TakeSegment(ref rest);
        var resource = TakeSegment(ref rest);
        if (resource.IsEmpty) return "projects";
        return InProjectBySpan.TryGetValue(resource, out var service) ? service : null;
    }

    /// <summary>Whether a request only reads although its method says otherwise: the searches of the MLflow protocol are posted, and so are questions about several runs.</summary>
    internal static bool OnlyReads(ReadOnlySpan<char> path) => IsQuestionAboutRuns(path) || IsMlflowSearch(path);

    /// <summary>Whether an answer may hold whole addresses of this platform.</summary>
    internal static bool GivesAddresses(ReadOnlySpan<char> path) =>
        path.StartsWith($"{Mlflow}/", StringComparison.Ordinal) && path.Contains("/mlflow-artifacts/", StringComparison.Ordinal);

    private static bool IsQuestionAboutRuns(ReadOnlySpan<char> path)
    {
        if (!path.StartsWith($"{Projects}/", StringComparison.OrdinalIgnoreCase)) return false;
        var rest = path[(Projects.Length + 1)..];
        TakeSegment(ref rest);
        return TakeSegment(ref rest).Equals("runs", StringComparison.OrdinalIgnoreCase) && QuestionsBySpan.Contains(rest);
    }

    private static bool IsMlflowSearch(ReadOnlySpan<char> path) =>
        path.StartsWith($"{Mlflow}/", StringComparison.Ordinal)
        && (path.EndsWith("/search", StringComparison.Ordinal) || path.EndsWith("/search-datasets", StringComparison.Ordinal) || path.EndsWith("/get-latest-versions", StringComparison.Ordinal));

    private static ReadOnlySpan<char> TakeSegment(ref ReadOnlySpan<char> path)
    {
        var end = path.IndexOf('/');
        var segment = end < 0 ? path : path[..end];
        path = end < 0 ? [] : path[(end + 1)..];
        return segment;
    }
}
