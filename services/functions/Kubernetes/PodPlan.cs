using Mesh.Functions.Execution;
using Mesh.Functions.Jobs;
using Mesh.Functions.Profiles;

namespace Mesh.Functions.Kubernetes;

/// <summary>What the pod of an attempt is made from.</summary>
/// <param name="Name">Name of the job and of the secret.</param>
/// <param name="Command">Program and arguments.</param>
/// <param name="Variables">The program's whole environment. It goes into the secret, all of it.</param>
/// <param name="HasPackages">Whether Python packages are installed before it starts.</param>
/// <param name="HasOutputs">Whether something is kept when it has ended well.</param>
internal sealed record PodPlan(
    string Name, Profile Profile, Job Job, string Image, IReadOnlyList<string> Command, IReadOnlyDictionary<string, string> Variables, IReadOnlyDictionary<string, string> Labels,
    string Work, bool HasPackages, bool HasOutputs)
{
    /// <summary>The secrets that the program gets as files, by name.</summary>
    public IReadOnlyDictionary<string, string> SecretFiles { get; init; } = new Dictionary<string, string>();

    /// <summary>Name of the secret that they are in.</summary>
    public string FilesName => $"{Name}-files";

    /// <summary>What the stage alone gets, as files, to fetch code from git.</summary>
    public IReadOnlyDictionary<string, string> GitFiles { get; init; } = new Dictionary<string, string>();

    /// <summary>Name of the secret that they are in.</summary>
    public string GitName => $"{Name}-git";

    /// <summary>The containers in the order in which they run.</summary>
    public IReadOnlyList<string> Containers => [Stage, .. HasPackages ? [Packages] : (string[])[], Main, .. HasOutputs ? [Keep] : (string[])[]];

    /// <summary>Where the folder that the containers share is mounted.</summary>
    public const string Root = "/mesh";

    /// <summary>Lays out code and inputs.</summary>
    public const string Stage = "stage";

    /// <summary>Installs packages, with the program's own image.</summary>
    public const string Packages = "packages";

    /// <summary>The program.</summary>
    public const string Main = "main";

    /// <summary>Keeps outputs.</summary>
    public const string Keep = "keep";

    /// <summary>Where packages are installed.</summary>
    public const string PackageFolder = $"{Root}/packages";

    /// <summary>Where the volume of secrets is mounted.</summary>
    public const string SecretFolder = $"{Root}/secrets";

    /// <summary>Where the stage finds <see cref="GitFiles"/>.</summary>
    public const string GitFolder = $"{Root}/git";

    /// <summary>The list of packages that the stage writes.</summary>
    public const string PackageList = $"{Root}/requirements.txt";

    /// <summary>The program that runs items of the hub, in Mesh's image.</summary>
    public const string HubProgram = "/app/Mesh.Hub/Mesh.Hub.dll";

    /// <summary>The program of the stage, in Mesh's image.</summary>
    public const string StageProgram = "/app/Mesh.Functions.dll";

    /// <param name="installation">Id of the installation.</param>
    /// <param name="inputs">Paths of inputs by variable.</param>
    /// <param name="hasPackages">Whether the function needs packages.</param>
    public static PodPlan Of(AttemptExecution attempt, string installation, IReadOnlyDictionary<string, string> inputs, bool hasPackages)
    {
        var (job, options) = (attempt.Job, attempt.Profile.Options);
        // The folder of the attempt, as the stage makes it below the mounted one.
        var work = new AttemptFolder(Root, attempt.Project, job.Id, attempt.Number, null).Work;
        var variables = new Dictionary<string, string>(attempt.Environment, StringComparer.Ordinal);
        foreach (var (name, value) in inputs) variables[name] = value;
        var python = $"{work}/.mesh/python{(hasPackages ? $":{PackageFolder}" : "")}";
        variables["PYTHONPATH"] = variables.TryGetValue("PYTHONPATH", out var declared) && declared.Length > 0 ? $"{declared}:{python}" : python;
        variables.TryAdd("HOME", work);
        foreach (var name in attempt.SecretFiles.Keys) variables[Execution.SecretFiles.VariableOf(name)] = $"{SecretFolder}/{name}";
        return new PodPlan(
            AttemptLabels.NameOf(job.Id, attempt.Number), attempt.Profile, job, job.Work.Image ?? options.Image ?? options.InitImage!,
            job.Work.Item is { } item ? ["dotnet", HubProgram, "run", item] : job.Work.Command, variables,
            AttemptLabels.Of(installation, attempt.Project, job.Id, attempt.Number, options.Labels), work, hasPackages, attempt.Content?.Outputs is { Count: > 0 })
        {
            SecretFiles = attempt.SecretFiles,
        };
    }
}
