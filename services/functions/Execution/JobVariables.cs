using System.Globalization;
using System.Text.Json;
using Mesh.Contracts;
using Mesh.Contracts.Functions;
using Mesh.Functions.Jobs;

namespace Mesh.Functions.Execution;

/// <summary>
/// Composes the environment of an attempt. A job does not inherit the service's own environment, which holds connection strings: only what programs
/// need to run at all. What the user declares lies over that, secrets lie over that, and what Mesh says about the attempt lies over everything.
/// </summary>
internal static class JobVariables
{
    private static readonly string[] Inherited =
    [
        "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR", "TEMP", "TMP", "DOTNET_ROOT", "DOTNET_CLI_HOME",
        "DOTNET_CLI_TELEMETRY_OPTOUT", "DOTNET_NOLOGO", "LD_LIBRARY_PATH", "PYENV_ROOT", "PYENV_VERSION", "VIRTUAL_ENV", "CONDA_PREFIX", "JAVA_HOME",
        "SSL_CERT_FILE", "SSL_CERT_DIR", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "CUDA_VISIBLE_DEVICES",
        "NVIDIA_VISIBLE_DEVICES", "SystemRoot", "PATHEXT",
    ];

    /// <summary>Variable that holds the job's identity: a secret like those that it asked for.</summary>
    public const string Token = "MESH_TOKEN";

    private const string Gpus = "CUDA_VISIBLE_DEVICES";
    private const string Cores = "MESH_CPUS";

    /// <summary>Bytes that the params of a job may take as JSON: Linux takes no single variable of 128 KiB or more.</summary>
    public const int MostParamBytes = 100 * 1024;

    public static Dictionary<string, string> Compose(
        JobContext context, Job job, int attempt, IReadOnlyDictionary<string, string> declared, IReadOnlyDictionary<string, string> secrets,
        IEnumerable<string> pass, IReadOnlyList<int>? gpus = null)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in context.IsHere ? Inherited.Concat(pass) : [])
            if (Environment.GetEnvironmentVariable(name) is { } value) variables[name] = value;
        if (context.Home is { } home)
        {
            variables["HOME"] = home;
            variables.Remove("USER");
            variables.Remove("LOGNAME");
        }

        foreach (var (name, value) in declared) variables[name] = value;
        foreach (var (name, value) in secrets) variables[name] = value;
        foreach (var (name, value) in job.Params) variables[NameOf(name)] = value;
        variables["MESH_API"] = context.Api;
        variables[Token] = context.Token;
        variables["MESH_PROJECT"] = context.Project;
        variables[ProcessMark.RunId] = job.Id;
        variables[ProcessMark.AttemptNumber] = attempt.ToString(CultureInfo.InvariantCulture);
        variables["MESH_EXPERIMENT"] = job.Experiment;
        variables["MESH_PARAMS"] = WriteParams(job.Params);
        // The cores of a gang are divided among its processes.
        var resources = job.Policy?.Resources;
        Limit(variables, job.Work.Distributed is null || resources is null ? resources : resources with { Cpus = null }, context.IsHere ? gpus ?? [] : null);
        // A Python script's output is then followed live and not by the buffer.
        variables.TryAdd("PYTHONUNBUFFERED", "1");
        return variables;
    }

    /// <summary>What it may use: programs that would take every core of the machine take as many threads as it asked cores for.</summary>
    private static void Limit(Dictionary<string, string> variables, JobResources? resources, IReadOnlyList<int>? gpus)
    {
        if (resources?.MemoryBytes is { } bytes) variables["MESH_MEMORY_BYTES"] = bytes.ToString(CultureInfo.InvariantCulture);
        if (resources?.Gpus is > 0 && gpus is not null) variables[Gpus] = string.Join(',', gpus);
        if (resources?.Cpus is { } cpus) Limit(variables, cpus);
    }

    /// <summary>The variables that tell a program how many cores it may use.</summary>
    public static IReadOnlyList<string> CoreNames { get; } = [Cores, "OMP_NUM_THREADS", "DOTNET_PROCESSOR_COUNT"];

    /// <summary>The cores that a program may use.</summary>
    public static void Limit(Dictionary<string, string> variables, double cpus)
    {
        variables[Cores] = cpus.ToString(CultureInfo.InvariantCulture);
        foreach (var name in CoreNames)
            variables.TryAdd(name, ((int)Math.Ceiling(cpus)).ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>The graphics processors that a job was given, by its variables.</summary>
    public static int[] GpusOf(IReadOnlyDictionary<string, string> variables) =>
        [.. (variables.GetValueOrDefault(Gpus) ?? "").Split(',').Select(number => int.TryParse(number, CultureInfo.InvariantCulture, out var gpu) ? gpu : -1).Where(gpu => gpu >= 0)];

    /// <summary>The params as <c>MESH_PARAMS</c> holds them: a JSON object of strings.</summary>
    public static string WriteParams(IReadOnlyDictionary<string, string> values) => JsonSerializer.Serialize(values, MeshJson.Strict);

    /// <summary>The variable of one param: <c>learning-rate</c> is <c>MESH_PARAM_LEARNING_RATE</c>.</summary>
    public static string NameOf(string param) =>
        "MESH_PARAM_" + string.Concat(param.Select(c => char.IsAsciiLetterOrDigit(c) ? char.ToUpperInvariant(c) : '_'));
}

/// <summary>What an attempt is told about where it is.</summary>
/// <param name="Api">Base address of the API.</param>
/// <param name="Token">The job's identity.</param>
/// <param name="Project">The project.</param>
/// <param name="Home">Its home folder, where it runs as another user than the service.</param>
/// <param name="IsHere">Whether it runs on this machine; elsewhere nothing of the service's environment means anything.</param>
internal sealed record JobContext(string Api, string Token, string Project, string? Home, bool IsHere = true);
