using Mesh.Contracts;
using Mesh.Contracts.Functions;
using Mesh.Contracts.Projects;
using Mesh.Functions.Catalogue;
using Mesh.Functions.Definitions;
using Mesh.Functions.Distributed;
using Mesh.Functions.Execution;
using Mesh.Functions.Inputs;
using Mesh.Functions.Kubernetes.Spark;
using Mesh.Functions.Profiles;
using Mesh.Hosting.Clients;
using Mesh.Hosting.Decisions;

namespace Mesh.Functions.Jobs;

/// <summary>A request to run something, with everything that it leaves open filled in.</summary>
internal sealed record ResolvedJob(
    string Name, string Experiment, JobWork Work, IReadOnlyDictionary<string, string> Params, IReadOnlyDictionary<string, string> Environment,
    IReadOnlyList<string> Secrets, int MaxAttempts, int TimeoutSeconds, IReadOnlyDictionary<string, string> Tags,
    JobPolicy? Policy = null);

/// <summary>Fills in what a request leaves open, from the function that it names, and refuses what could only fail later.</summary>
internal sealed class JobSubmission(
    FunctionReader functions, HubCatalogue hub, InputPins pins, ProfileRegistry profiles, TimeProvider clock, [FromKeyedServices("functions")] ServiceClient client, ILogger<JobSubmission> log)
{
    private const string DefaultExperiment = "default";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    public async Task<(ResolvedJob? Job, Rejection? Rejected)> ResolveAsync(string project, SubmitJob body, CancellationToken ct)
    {
        FunctionContent? content = null;
        var work = new JobWork(null, null, null, body.Item, body.Command ?? []);
        if (body.Function is { } name)
        {
            var number = body.FunctionVersion;
            if (body.FunctionTag is { } tag)
            {
                var (tagged, at) = await functions.FindReferenceAsync(project, name, $"@{tag}", ct);
                if (tagged is not null && at is null) return (null, FunctionEndpoints.UnknownReference(tagged, tag));
                number = at?.Number;
            }

            var (function, version, found) = await functions.FindAsync(project, name, number, ct);
            if (function is null) return (null, FunctionEndpoints.Unknown(name));
            if (version is null || found is null) return (null, FunctionEndpoints.UnknownVersion(function, body.FunctionVersion));
            content = found;
            work = new JobWork(name, version.Number, version.Hash, found.Item, found.Command ?? []);
        }

        if (body.FunctionVersion is not null && body.Function is null)
            return (null, Rejection.Unprocessable("job.function-version", "'functionVersion' goes with 'function' only.", "functionVersion"));
        var (profile, image, nowhere) = profiles.Choose(body, content);
        if (profile is null) return (null, nowhere);
        if (SparkRequest.Refuse(content, body, profile) is { } unfit) return (null, unfit);
        var (distributed, misfitting) = GangRequest.Settle(content, body, profile);
        if (misfitting is not null) return (null, misfitting);
        var (inputs, missing) = await pins.PinAsync(project, content?.Inputs, body.Inputs, ct);
        if (missing is not null) return (null, missing);
        work = work with { Inputs = inputs, Profile = profile.Name == Profile.BuiltIn ? null : profile.Name, Image = image, Distributed = distributed };
        if ((content?.SecretFiles ?? []).Union(body.SecretFiles ?? [], StringComparer.Ordinal).ToList() is { Count: > 0 } files) work = work with { SecretFiles = files };
        var values = Merge(content?.Params, body.Params);
        if (content?.ParamSpecs is { } specs && ParamRules.Fill(specs, values) is var (filled, misfit))
        {
            if (misfit is not null) return (null, misfit);
            values = filled;
        }

        var job = new ResolvedJob(
            body.Name ?? NameOf(work), body.Experiment ?? DefaultExperiment, work, values,
            Merge(content?.Environment, body.Environment), [.. (content?.Secrets ?? []).Union(body.Secrets ?? [], StringComparer.Ordinal)],
            body.MaxAttempts ?? body.Retry?.MaxAttempts ?? content?.MaxAttempts ?? 1,
            body.TimeoutSeconds ?? body.Timeouts?.RunningSeconds ?? content?.TimeoutSeconds ?? 3600, Merge(null, body.Tags), PolicyOf(body, content, distributed));
        return await RefuseAsync(project, job, ct) is { } rejected ? (null, rejected) : (job, null);
    }

    private JobPolicy? PolicyOf(SubmitJob body, FunctionContent? content, Distribution? distributed)
    {
        var resources = body.Resources ?? content?.Resources ?? (distributed is null ? null : GangRequest.Total(distributed));
        // What the job says of the same by another name holds.
        var retry = body.Retry ?? (body.MaxAttempts is null || content?.Retry is not { } often ? content?.Retry : often with { MaxAttempts = null });
        var timeouts = body.Timeouts ?? (body.TimeoutSeconds is null || content?.Timeouts is not { } times ? content?.Timeouts : times with { RunningSeconds = null });
        var priority = body.Priority ?? content?.Priority ?? 0;
        var deadline = body.DeadlineSeconds is { } seconds ? clock.GetUtcNow().AddSeconds(seconds) : (DateTimeOffset?)null;
        return retry is null && timeouts is null && deadline is null && priority == 0 && resources is null ? null : new JobPolicy(retry, timeouts, deadline, priority, resources);
    }

    private async Task<Rejection?> RefuseAsync(string project, ResolvedJob job, CancellationToken ct)
    {
        if (job.Name.Length == 0) return Rejection.Unprocessable("job.name", "'name' must not be empty.", "name");
        if (System.Text.Encoding.UTF8.GetByteCount(JobVariables.WriteParams(job.Params)) > JobVariables.MostParamBytes)
        {
            return Rejection.Unprocessable(
                "job.params-too-large", $"The params take more than {JobVariables.MostParamBytes / 1024} KiB as JSON; put large values into an artifact.", "params");
        }

        if (job.Params.Keys.GroupBy(JobVariables.NameOf, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } clash)
            return Rejection.Unprocessable("job.param-clash", $"The params '{clash.First()}' and '{clash.Last()}' would be the same variable {clash.Key}.", "params");
        if (job.Work.Item is { } item && await hub.RefuseAsync(item, job.Params, ct) is { } refused) return refused;
        if (await RefuseSecretsAsync(project, job.Secrets, "secrets", ct) is { } secret) return secret;
        return await RefuseSecretsAsync(project, job.Work.SecretFiles ?? [], "secretFiles", ct);
    }

    /// <summary>Refuses secrets that the project does not have. While projects cannot be asked the job is taken: it asks again when it starts.</summary>
    private async Task<Rejection?> RefuseSecretsAsync(string project, IReadOnlyList<string> names, string field, CancellationToken ct)
    {
        if (names.Count == 0) return null;
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limited.CancelAfter(Patience);
        try
        {
            var known = await client.GetAsync<Page<SecretInfo>>("projects", $"/api/v1/projects/{project}/secrets?limit=1000", project, limited.Token);
            return names.FirstOrDefault(name => known.Items.All(secret => secret.Name != name)) is { } missing ? UnknownSecret(missing, field) : null;
        }
        catch (ServiceCallException e) when (!e.IsOutage)
        {
            return new Rejection(e.Problem.Status == 404 ? RejectionKind.NotFound : RejectionKind.Unprocessable, e.Problem.Code, e.Problem.Detail ?? e.Problem.Title, field);
        }
        catch (Exception e) when ((e is ServiceCallException or OperationCanceledException or InvalidOperationException) && !ct.IsCancellationRequested)
        {
            log.SecretsUnchecked(project, e.Message);
            return null;
        }
    }

    internal static Rejection UnknownSecret(string name, string field = "secrets") => Rejection.Unprocessable("secret.unknown", $"The project has no secret '{name}'.", field);

    private static string NameOf(JobWork work) => work.Function ?? work.Item ?? Path.GetFileName(work.Command[0].TrimEnd('/')) switch
    {
        "" => "job",
        var name => name.Length <= 250 ? name : name[..250],
    };

    private static Dictionary<string, string> Merge(IReadOnlyDictionary<string, string>? defaults, Dictionary<string, string>? given)
    {
        var merged = new Dictionary<string, string>(defaults ?? new Dictionary<string, string>(), StringComparer.Ordinal);
        foreach (var (key, value) in given ?? []) merged[key] = value;
        return merged;
    }
}

internal static partial class JobSubmissionLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "The secrets of a job in {Project} were not checked at its submission: {Reason}")]
    public static partial void SecretsUnchecked(this ILogger logger, string project, string reason);
}
