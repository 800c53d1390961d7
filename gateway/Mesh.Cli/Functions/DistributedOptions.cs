using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Mesh.Contracts;
using Mesh.Contracts.Functions;

namespace Mesh.Cli.Functions;

/// <summary>Options of functions whose jobs are several processes.</summary>
internal static class DistributedOptions
{
    private static readonly Option<TrainingFramework?> Framework = new("--framework") { Description = "Several processes that work together: how they find one another. plain when only --replicas is given." };
    private static readonly Option<string[]> Replicas = Options.Pairs("--replicas", "Replicas of a role, such as worker=4.");
    private static readonly Option<int?> ProcessesPerNode = new("--processes-per-node") { Description = "Processes of each replica." };
    private static readonly Option<string?> Elastic = new("--elastic") { Description = "Fewest and most workers that it may go on with.", HelpName = "min:max" };
    private static readonly Option<int?> Restarts = new("--restarts") { Description = "How often all of them are started again, from the checkpoint, within an attempt." };
    private static readonly Option<TrainingSuccess?> Success = new("--success") { Description = "Whose good end is that of the job." };
    private static readonly Option<string?> Document = new("--distributed") { Description = "All of that, and resources and commands of roles, as JSON.", HelpName = "file.json" };

    /// <summary>Those of a definition.</summary>
    public static IReadOnlyList<Symbol> All => [Framework, Replicas, ProcessesPerNode, Elastic, Restarts, Success, Document];

    /// <summary>Replicas of a job, by role.</summary>
    public static Option<string[]> OfJob => Replicas;

    /// <summary>What the options say; null when they say nothing.</summary>
    /// <exception cref="UsageException">They cannot be read.</exception>
    public static Distribution? Read(Context context)
    {
        var (framework, replicas) = (context.Get(Framework), ReadReplicas(context));
        if (context.Get(Document) is { } file)
        {
            if (framework is not null || replicas is not null) throw new UsageException("--distributed holds framework and replicas: leave out --framework and --replicas.");
            return ReadDocument(file);
        }

        if (framework is null && replicas is null)
        {
            return context.Get(ProcessesPerNode) is null && context.Get(Elastic) is null && context.Get(Restarts) is null && context.Get(Success) is null
                ? null
                : throw new UsageException("--processes-per-node, --elastic, --restarts and --success go with --framework or --replicas.");
        }

        return new Distribution(
            framework ?? TrainingFramework.Plain, [.. (replicas ?? new() { ["worker"] = 1 }).Select(role => new ReplicaRole(role.Key, role.Value))],
            context.Get(ProcessesPerNode), ReadElastic(context.Get(Elastic)), context.Get(Restarts), context.Get(Success));
    }

    /// <summary>Replicas by role; null when none are given.</summary>
    /// <exception cref="UsageException">A number is none.</exception>
    public static Dictionary<string, int>? ReadReplicas(Context context) => Options.ToPairs(context.Get(Replicas), "--replicas")?.ToDictionary(
        role => role.Key, role => Number(role.Value) ?? throw new UsageException($"--replicas takes ROLE=NUMBER, not '{role.Key}={role.Value}'."), StringComparer.Ordinal);

    /// <summary>In a line.</summary>
    public static string? Describe(Distribution? distributed) => distributed is null
        ? null
        : $"{distributed.Framework.ToString().ToLowerInvariant()}: {string.Join(", ", distributed.Roles.Select(role => $"{role.Replicas} {role.Name}"))}"
            + (distributed.ProcessesPerNode is > 1 and var each ? $", {each} processes each" : "") + (distributed.Elastic is { } range ? $", {range.Min} to {range.Max} workers" : "");

    private static Distribution ReadDocument(string file)
    {
        if (!File.Exists(file)) throw new UsageException($"There is no file {file}.");
        try
        {
            return JsonSerializer.Deserialize<Distribution>(File.ReadAllText(file), MeshJson.Strict) ?? throw new UsageException($"{file} holds nothing.");
        }
        catch (JsonException e)
        {
            throw new UsageException($"{file} is no definition of a distributed function: {e.Message}");
        }
    }

    private static ElasticRange? ReadElastic(string? range)
    {
        if (range is null) return null;
        var ends = range.Split(':');
        return ends.Length == 2 && Number(ends[0]) is { } min && Number(ends[1]) is { } max ? new ElasticRange(min, max) : throw new UsageException($"--elastic takes MIN:MAX, not '{range}'.");
    }

    private static int? Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
