using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Mesh.Contracts;
using Mesh.Contracts.Functions;

namespace Mesh.Cli.Functions;

/// <summary>The option of functions whose jobs are Spark applications.</summary>
internal static class SparkOptions
{
    /// <summary>The application.</summary>
    public static readonly Option<string?> Document = new("--spark") { Description = "A Spark application, instead of a command, on a cluster: type, mainFile, sparkVersion, executor and so on, as JSON.", HelpName = "file.json" };

    /// <summary>What the option says; null when it says nothing.</summary>
    /// <exception cref="UsageException">It cannot be read.</exception>
    public static SparkSpec? Read(Context context)
    {
        if (context.Get(Document) is not { } file) return null;
        if (!File.Exists(file)) throw new UsageException($"There is no file {file}.");
        try
        {
            return JsonSerializer.Deserialize<SparkSpec>(File.ReadAllText(file), MeshJson.Strict) ?? throw new UsageException($"{file} holds nothing.");
        }
        catch (JsonException e)
        {
            throw new UsageException($"{file} is no Spark application: {e.Message}");
        }
    }

    /// <summary>In a line.</summary>
    public static string? Describe(SparkSpec? spark)
    {
        if (spark is null) return null;
        var executors = spark.DynamicAllocation is { } range ? $"{range.Min} to {range.Max} executors" : string.Create(CultureInfo.InvariantCulture, $"executors: {spark.Executor?.Instances ?? 1}");
        return $"{spark.Type.ToString().ToLowerInvariant()} {spark.MainClass ?? spark.MainFile}, Spark {spark.SparkVersion}, {executors}";
    }
}
