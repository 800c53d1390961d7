using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Mesh.Contracts;
using Mesh.Contracts.Functions;
using Mesh.Hosting.Decisions;

namespace Mesh.Functions.Definitions;

/// <summary>
/// The content of a version of a function, addressed by the SHA-256 of its canonical form. Never changed once it is stored; kept out of the
/// events because code files may be large and an environment may hold what a reader of the history should not see.
/// </summary>
public sealed record FunctionContent
{
    /// <summary>SHA-256 (hex) of the canonical JSON.</summary>
    public required string Id { get; init; }

    public required FunctionKind Kind { get; init; }

    public IReadOnlyList<string>? Command { get; init; }

    public string? Item { get; init; }

    public required IReadOnlyList<CodeFile> Files { get; init; }

    public required IReadOnlyDictionary<string, string> Params { get; init; }

    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    public required IReadOnlyList<string> Secrets { get; init; }

    public required int MaxAttempts { get; init; }

    public required int TimeoutSeconds { get; init; }

    public string? Description { get; init; }

    public CodeBundle? Bundle { get; init; }

    public GitSource? Git { get; init; }

    public IReadOnlyList<ParamSpec>? ParamSpecs { get; init; }

    public IReadOnlyList<InputSpec>? Inputs { get; init; }

    public IReadOnlyList<OutputSpec>? Outputs { get; init; }

    public IReadOnlyList<string>? Requirements { get; init; }

    /// <summary>Which item of a hub it was made of.</summary>
    public HubOrigin? Origin { get; init; }

    public Distribution? Distributed { get; init; }

    public RetryPolicy? Retry { get; init; }

    public StateTimeouts? Timeouts { get; init; }

    public JobResources? Resources { get; init; }

    public int? Priority { get; init; }

    public IReadOnlyList<string>? SecretFiles { get; init; }

    public string? Profile { get; init; }

    public string? Image { get; init; }

    public SparkSpec? Spark { get; init; }

    /// <summary>The content of a definition. What does not matter to a job does not matter to the hash: the order of files, params, variables and secrets.</summary>
    public static FunctionContent Of(DefineFunction definition, HubOrigin? origin = null)
    {
        var content = new FunctionContent
        {
            Id = "",
            Kind = definition.Kind,
            Command = definition.Command,
            Item = definition.Item,
            Files = [.. (definition.Files ?? []).OrderBy(f => f.Path, StringComparer.Ordinal)],
            Params = Sorted(definition.Params),
            Environment = Sorted(definition.Environment),
            Secrets = [.. (definition.Secrets ?? []).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
            MaxAttempts = definition.MaxAttempts ?? definition.Retry?.MaxAttempts ?? 1,
            TimeoutSeconds = definition.TimeoutSeconds ?? definition.Timeouts?.RunningSeconds ?? 3600,
            Description = definition.Description,
            Bundle = definition.Bundle,
            Git = definition.Git,
            // What is absent is not written, so that content of before has the hash that it had.
            ParamSpecs = Filled(definition.ParamSpecs),
            Inputs = Filled(definition.Inputs),
            Outputs = Filled(definition.Outputs),
            Requirements = Filled(definition.Requirements),
            Origin = origin,
            Distributed = definition.Distributed,
            Retry = definition.Retry,
            Timeouts = definition.Timeouts,
            Resources = definition.Resources,
            Priority = definition.Priority,
            SecretFiles = Filled<string>([.. (definition.SecretFiles ?? []).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)]),
            Profile = definition.Profile,
            Image = definition.Image,
            Spark = definition.Spark,
        };
        var hashed = JsonSerializer.SerializeToElement(content.WhatCounts(), MeshJson.Strict);
        return content with { Id = Convert.ToHexStringLower(SHA256.HashData(CanonicalJson.Write(hashed))) };
    }

    // The same files under another version, or the same commit under another name, are the same code.
    private FunctionContent WhatCounts() => this with
    {
        Bundle = Bundle is { Digest: { } digest } ? new CodeBundle("", 0, digest) : Bundle,
        Git = Git is { Commit: { } commit } ? Git with { Ref = null, Commit = commit } : Git,
    };

    private static IReadOnlyList<T>? Filled<T>(IReadOnlyList<T>? items) => items is { Count: > 0 } ? items : null;

    /// <summary>Refuses files that cannot be laid into one folder together.</summary>
    public static Rejection? CheckFiles(IReadOnlyList<CodeFile>? files)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var path in (files ?? []).Select(f => f.Path))
        {
            if (path.Split('/').Any(part => part is "" or "." or ".."))
                return Rejection.Unprocessable("function.file-path", $"'{path}' must be a plain relative path such as 'lib/train.py'.", "files");
            if (!seen.Add(path)) return Rejection.Unprocessable("function.file-twice", $"'{path}' is given twice; each path may be given once.", "files");
        }

        foreach (var path in seen)
        {
            for (var slash = path.LastIndexOf('/'); slash > 0; slash = path.LastIndexOf('/', slash - 1))
            {
                if (seen.Contains(path[..slash]))
                    return Rejection.Unprocessable("function.file-path", $"'{path[..slash]}' cannot be both a file and the folder of '{path}'.", "files");
            }
        }

        return null;
    }

    /// <summary>The answer of the API for a version with this content.</summary>
    public FunctionInfo ToInfo(string name, FunctionVersion version) =>
        ToInfo(name, version, [.. Files.Select(f => new FunctionFile(f.Path, Encoding.UTF8.GetByteCount(f.Content), f.Content))]);

    /// <summary>The same with files as they are given.</summary>
    public FunctionInfo ToInfo(string name, FunctionVersion version, IReadOnlyList<FunctionFile> files) => new(
        name, version.Number, version.Hash, Kind, Command, Item, files, Params, Environment, Secrets, MaxAttempts, TimeoutSeconds, Description,
        version.CreatedBy, version.CreatedAt)
    {
        Bundle = Bundle,
        Git = Git,
        ParamSpecs = ParamSpecs,
        Inputs = Inputs,
        Outputs = Outputs,
        Requirements = Requirements,
        Origin = Origin,
        Distributed = Distributed,
        Retry = Retry,
        Timeouts = Timeouts,
        Resources = Resources,
        Priority = Priority,
        SecretFiles = SecretFiles,
        Profile = Profile,
        Image = Image,
        Spark = Spark,
    };

    private static SortedDictionary<string, string> Sorted(Dictionary<string, string>? values) => new(values ?? [], StringComparer.Ordinal);
}
