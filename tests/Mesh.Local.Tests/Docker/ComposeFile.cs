using System.Text.RegularExpressions;
using Mesh.Testing;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.Serialization;

namespace Mesh.Local.Tests.Docker;

/// <summary>The repository's <c>docker-compose.yml</c>, with merges done and variables at their defaults.</summary>
internal sealed partial class ComposeFile
{
    private ComposeFile(Dictionary<string, object?> root)
    {
        Services = Map(root["services"]).ToDictionary(s => s.Key, s => new ComposeService(s.Key, Map(s.Value)));
        Volumes = [.. Map(root["volumes"]).Keys];
    }

    public Dictionary<string, ComposeService> Services { get; }

    public IReadOnlyList<string> Volumes { get; }

    /// <summary>The containers made from our Dockerfile.</summary>
    public IEnumerable<ComposeService> Own => Services.Values.Where(s => s.Has("build"));

    public static ComposeFile Read()
    {
        using var text = new StringReader(Variable().Replace(File.ReadAllText(RepositoryPath.Of("docker-compose.yml")), "$1"));
        var parser = new MergingParser(new Parser(text));
        parser.Consume<StreamStart>();
        return new ComposeFile(Map(new DeserializerBuilder().Build().Deserialize<object>(parser)));
    }

    public static Dictionary<string, object?> Map(object? node) => node switch
    {
        null => [],
        Dictionary<object, object> map => map.ToDictionary(e => (string)e.Key, e => (object?)e.Value),
        Dictionary<string, object?> map => map,
        _ => throw new InvalidDataException($"{node} is not a map."),
    };

    // ${NAME:-default}
    [GeneratedRegex(@"\$\{[A-Z_]+:-([^}]*)\}")]
    private static partial Regex Variable();
}

internal sealed class ComposeService(string name, Dictionary<string, object?> node)
{
    public string Name => name;

    public Dictionary<string, string> Environment => Strings("environment");

    public Dictionary<string, string> BuildArguments => Strings("build", "args");

    public Dictionary<string, object?> DependsOn => ComposeFile.Map(node.GetValueOrDefault("depends_on"));

    public IReadOnlyList<string> Ports => List("ports");

    public IReadOnlyList<string> Mounts => List("volumes");

    public bool Has(string key) => node.ContainsKey(key);

    public string? Text(params string[] path) => At(path) as string;

    public IReadOnlyList<string> List(params string[] path) => At(path) is List<object> list ? [.. list.Cast<string>()] : [];

    private Dictionary<string, string> Strings(params string[] path) => ComposeFile.Map(At(path)).ToDictionary(e => e.Key, e => (string)e.Value!);

    private object? At(string[] path) =>
        path[..^1].Aggregate(node, (map, key) => ComposeFile.Map(map.GetValueOrDefault(key))).GetValueOrDefault(path[^1]);
}
