using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace Mesh.Contracts.Functions;

/// <summary>What a Spark application is written in.</summary>
public enum SparkType
{
    /// <summary>A script for <c>pyspark</c>.</summary>
    Python,

    /// <summary>A class of a jar.</summary>
    Scala,

    /// <summary>A class of a jar.</summary>
    Java,
}

/// <summary>What the driver has.</summary>
/// <param name="Cores">Cores, 1 to 256; 1 when absent.</param>
/// <param name="MemoryBytes">Heap, 512 MiB to 4 TiB; Spark adds its overhead. 1 GiB when absent.</param>
public sealed record SparkDriver(int? Cores = null, long? MemoryBytes = null);

/// <summary>What each executor has, and how many there are.</summary>
/// <param name="Cores">Cores of each, 1 to 256; 1 when absent.</param>
/// <param name="MemoryBytes">Heap of each, 512 MiB to 4 TiB; Spark adds its overhead. 1 GiB when absent.</param>
/// <param name="Instances">How many at its start, 1 to 1,000; 1 when absent.</param>
public sealed record SparkExecutor(int? Cores = null, long? MemoryBytes = null, int? Instances = null);

/// <summary>How many executors there may be, by the work that waits.</summary>
/// <param name="Min">The fewest, 0 or more.</param>
/// <param name="Max">The most, 1 to 1,000.</param>
public sealed record SparkAllocation(int Min, int Max);

/// <summary>What the application needs beside its main file: URIs that every executor can read, such as <c>local:///</c> in its image or <c>s3a://</c>; 100 of a kind at most.</summary>
/// <param name="Jars">On the class path.</param>
/// <param name="Files">In the working folder of each executor.</param>
/// <param name="PyFiles">Modules of Python: .py, .zip or .egg.</param>
public sealed record SparkDeps(IReadOnlyList<string>? Jars = null, IReadOnlyList<string>? Files = null, IReadOnlyList<string>? PyFiles = null);

/// <summary>A function whose jobs are Spark applications, on a cluster with the Spark operator (sparkoperator.k8s.io/v1beta2).</summary>
/// <param name="Type">What it is written in.</param>
/// <param name="MainFile"><c>local:///…</c> in the image; for python a path of the function's own code too, such as <c>jobs/count.py</c>.</param>
/// <param name="SparkVersion">The version of Spark in the image, such as <c>3.5.3</c>.</param>
/// <param name="MainClass">Scala and java: the class that begins.</param>
/// <param name="Arguments">At most 100.</param>
/// <param name="SparkConf">Properties of Spark, <c>spark.…</c>, at most 200; not those that the other parts or the profile settle.</param>
/// <param name="DynamicAllocation">Executors come and go by need; their number is fixed when absent.</param>
public sealed partial record SparkSpec(
    SparkType Type, string MainFile, string SparkVersion, string? MainClass = null, IReadOnlyList<string>? Arguments = null, IReadOnlyDictionary<string, string>? SparkConf = null,
    SparkDriver? Driver = null, SparkExecutor? Executor = null, SparkAllocation? DynamicAllocation = null, SparkDeps? Deps = null)
{
    private const long LeastMemory = 512L << 20;
    private const long MostMemory = 4L << 40;
    private const string InImage = "local:///";

    // What the profile decides, such as accounts, volumes and images, and what has a field of its own. Those that end with '.' or '_' stand for all that begin so.
    private static readonly string[] Settled =
    [
        "spark.kubernetes.", "spark.dynamicAllocation.", "spark.submit.", "spark.master", "spark.app.", "spark.jars", "spark.files", "spark.archives", "spark.driver.cores", "spark.driver.memory",
        "spark.driver.host", "spark.driver.bindAddress", "spark.executor.cores", "spark.executor.memory", "spark.executor.instances", "spark.executorEnv.MESH_",
    ];

    /// <summary>Whether the main file is of the function's own code.</summary>
    [JsonIgnore]
    public bool IsOwnCode => !MainFile.StartsWith(InImage, StringComparison.Ordinal);

    /// <summary>Reports what cannot be.</summary>
    public void Check(Faults faults, string field)
    {
        faults.Require(Enum.IsDefined(Type), $"{field}.type", $"must be one of {EnumNames.List<SparkType>()}.");
        CheckMain(faults, field);
        faults.Require(SparkVersion is { Length: <= 30 } && Version().IsMatch(SparkVersion), $"{field}.sparkVersion", "must be a version such as 3.5.3.");
        faults.Count(Arguments?.Count ?? 0, $"{field}.arguments", 100);
        for (var i = 0; i < (Arguments?.Count ?? 0); i++) faults.Value(Arguments![i], $"{field}.arguments[{i}]", 32_768);
        CheckConf(faults, $"{field}.sparkConf");
        CheckSize(faults, Driver?.Cores, Driver?.MemoryBytes, $"{field}.driver");
        CheckSize(faults, Executor?.Cores, Executor?.MemoryBytes, $"{field}.executor");
        var instances = Executor?.Instances ?? 1;
        faults.Require(instances is >= 1 and <= 1000, $"{field}.executor.instances", "must be 1 to 1,000.");
        if (DynamicAllocation is { } range)
        {
            faults.Require(range.Min >= 0, $"{field}.dynamicAllocation.min", "must be 0 or more.");
            faults.Require(range.Max is >= 1 and <= 1000, $"{field}.dynamicAllocation.max", "must be 1 to 1,000.");
            faults.Require(range.Min <= range.Max, $"{field}.dynamicAllocation.min", $"must not be more than max, which is {range.Max}.");
            faults.Require(
                range.Min > range.Max || Executor?.Instances is null || (instances >= range.Min && instances <= range.Max), $"{field}.executor.instances",
                $"must be between {range.Min} and {range.Max}, as dynamicAllocation says.");
        }

        CheckUris(faults, Deps?.Jars, $"{field}.deps.jars");
        CheckUris(faults, Deps?.Files, $"{field}.deps.files");
        CheckUris(faults, Deps?.PyFiles, $"{field}.deps.pyFiles");
        faults.Require(Type == SparkType.Python || Deps?.PyFiles is not { Count: > 0 }, $"{field}.deps.pyFiles", "go with python only.");
    }

    private void CheckMain(Faults faults, string field)
    {
        var isInImage = MainFile is { Length: > 9 and <= 1000 } && MainFile.StartsWith(InImage, StringComparison.Ordinal) && !MainFile.Any(char.IsWhiteSpace);
        if (Type == SparkType.Python)
        {
            var isOwn = Names.IsKey(MainFile) && !MainFile.Contains(':', StringComparison.Ordinal) && MainFile.EndsWith(".py", StringComparison.Ordinal);
            faults.Require(isInImage || isOwn, $"{field}.mainFile", "must be a .py file of the function's code, such as 'count.py', or a file of the image, such as 'local:///opt/app/count.py'.");
            faults.Require(MainClass is null, $"{field}.mainClass", "must be absent for python.");
        }
        else
        {
            faults.Require(isInImage, $"{field}.mainFile", "must be a jar of the image, such as 'local:///opt/app/count.jar'.");
            faults.Require(MainClass is { Length: <= 500 } && Class().IsMatch(MainClass), $"{field}.mainClass", "must be the full name of a class, such as 'org.example.Count'.");
        }
    }

    private void CheckConf(Faults faults, string field)
    {
        faults.Count(SparkConf?.Count ?? 0, field, 200);
        foreach (var (key, value) in SparkConf ?? new Dictionary<string, string>())
        {
            faults.Require(key.Length <= 250 && Property().IsMatch(key), $"{field}.{key}", "must be a property of Spark, such as spark.sql.shuffle.partitions.");
            faults.Require(
                !Settled.Any(settled => settled[^1] is '.' or '_' ? key.StartsWith(settled, StringComparison.Ordinal) : key == settled), $"{field}.{key}",
                "is settled by the profile, or by another part of 'spark' such as driver, executor, dynamicAllocation or deps: leave it out.");
            faults.Value(value, $"{field}.{key}", 4000);
        }
    }

    private static void CheckSize(Faults faults, int? cores, long? memory, string field)
    {
        faults.Require(cores is null or (>= 1 and <= 256), $"{field}.cores", "must be 1 to 256.");
        faults.Require(memory is null or (>= LeastMemory and <= MostMemory), $"{field}.memoryBytes", "must be 512 MiB to 4 TiB: 536,870,912 to 4,398,046,511,104.");
    }

    private static void CheckUris(Faults faults, IReadOnlyList<string>? uris, string field)
    {
        faults.Count(uris?.Count ?? 0, field, 100);
        for (var i = 0; i < (uris?.Count ?? 0); i++)
        {
            faults.Require(
                uris![i] is { Length: <= 1000 } uri && Place().IsMatch(uri) && !uri.StartsWith("file:", StringComparison.Ordinal), $"{field}[{i}]",
                "must be a URI that all executors can read, such as local:///opt/app/udf.jar or s3a://bucket/udf.jar; file: is a file of nobody knows which machine.");
        }
    }

    [GeneratedRegex(@"^\d+\.\d+\.\d+(-[0-9A-Za-z.]+)?\z")]
    private static partial Regex Version();

    [GeneratedRegex(@"^[A-Za-z_$][\w$]*(\.[A-Za-z_$][\w$]*)*\z")]
    private static partial Regex Class();

    [GeneratedRegex(@"^spark\.[A-Za-z0-9_.-]+\z")]
    private static partial Regex Property();

    // Lists of them are joined with commas.
    [GeneratedRegex(@"^[a-z][a-z0-9+.-]*://[^\s,]+\z")]
    private static partial Regex Place();
}
