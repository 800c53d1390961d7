using Mesh.Client;
using Mesh.Contracts.Functions;
using Mesh.Functions.Code;
using Mesh.Functions.Code.Git;
using Mesh.Functions.Definitions;
using Mesh.Functions.Dotnet;
using Mesh.Functions.Environments;
using Mesh.Functions.Execution;
using Mesh.Functions.Inputs;
using Mesh.Functions.Jobs;
using Mesh.Functions.Outputs;
using Mesh.Functions.Python;
using Mesh.Functions.Queue;
using Mesh.Hosting;
using Mesh.Hosting.Clients;
using Mesh.Hosting.Identity;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Mesh.Functions.Kubernetes;

/// <summary>
/// What Mesh's image does in the pod of a job: <c>stage</c> lays out code, inputs and the list of packages before the program, <c>keep</c> keeps its outputs after
/// it. Everything comes and goes by the API, with the job's own token. What the user should read is the last line that it writes.
/// </summary>
internal static class PodProgram
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    /// <summary>Whether the program is called for this.</summary>
    public static bool Is(string[] args) => args is [PodPlan.Stage or PodPlan.Keep, _];

    /// <param name="args">The verb, and the folder that the containers share.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        try
        {
            await RunAsync(args[0], Path.GetFullPath(args[1]), CancellationToken.None);
            return 0;
        }
        catch (Exception e) when (e is AttemptFailedException or InputMissingException)
        {
            await Console.Error.WriteLineAsync(e.Message.ReplaceLineEndings(" "));
        }
        catch (Exception e) when (e is MeshException or HttpRequestException or IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            await Console.Error.WriteLineAsync($"The pod could not be made ready, or what it made could not be kept: {e.Message.ReplaceLineEndings(" ")}");
        }

        return 1;
    }

    private static async Task RunAsync(string verb, string root, CancellationToken ct)
    {
        using var mesh = PodMesh.FromEnvironment();
        using var client = mesh.Open();
        var info = await client.Project().Jobs.GetAsync(mesh.JobId, ct);
        var content = info.Function is { } function ? ContentOf(await client.Project().Functions.GetVersionAsync(function, info.FunctionVersion!.Value, ct)) : null;
        var folder = new AttemptFolder(root, mesh.Project, info.Id.ToString(), mesh.Attempt, null);
        // Without a cache: each blob is read once.
        var git = new PodGit(Path.Combine(root, Path.GetFileName(PodPlan.GitFolder)));
        var options = Options.Create(git.Set(new FunctionsOptions { CacheMegabytes = 0 }));
        if (verb == PodPlan.Stage) await folder.PrepareAsync(content?.Files ?? [], ct);
        using var output = new AttemptOutput(folder.Log, options.Value.MostOutputBytes);
        var staged = new Staged(new AttemptKey(mesh.Project, info.Id.ToString(), mesh.Attempt), JobOf(info), content, folder, new Dictionary<string, string>(), output);
        if (verb == PodPlan.Stage) await StageAsync(staged, mesh, root, git, options, ct);
        else if (content?.Outputs is not null) await new OutputKeeper(mesh, options).KeepAsync(staged, ct);
        output.Complete();
        await Console.Out.WriteAsync(await File.ReadAllTextAsync(folder.Log, ct));
    }

    private static async Task StageAsync(Staged staged, PodMesh mesh, string root, PodGit git, IOptions<FunctionsOptions> options, CancellationToken ct)
    {
        var place = new MeshOptions { DataPath = root };
        using var cache = new BlobCache(place, options, TimeProvider.System, NullLogger<BlobCache>.Instance);
        await new CodeStage(mesh, cache, new GitRepositories(place, options, TimeProvider.System), git, mesh.Services, NullLogger<CodeStage>.Instance).LayOutAsync(staged, ct);
        await new InputStage(mesh, cache, mesh.Services, NullLogger<InputStage>.Instance).LayOutAsync(staged, [], ct);
        await PythonModule.LayOutAsync(staged, [], ct);
        await DotnetFile.LayOutAsync(staged, [], ct);
        var packages = await VirtualEnvironments.ReadAsync(staged, ct);
        if (packages.Count > 0) await File.WriteAllLinesAsync(Path.Combine(root, Path.GetFileName(PodPlan.PackageList)), packages, ct);
    }

    private static FunctionContent ContentOf(FunctionInfo info) => new()
    {
        Id = info.Hash,
        Kind = info.Kind,
        Command = info.Command,
        Item = info.Item,
        Files = [.. info.Files.Select(file => new CodeFile(file.Path, file.Content ?? ""))],
        Params = info.Params,
        Environment = info.Environment,
        Secrets = info.Secrets,
        MaxAttempts = info.MaxAttempts,
        TimeoutSeconds = info.TimeoutSeconds,
        Bundle = info.Bundle,
        Git = info.Git,
        Outputs = info.Outputs,
        Requirements = info.Requirements,
    };

    private static Job JobOf(JobInfo info) => Job.Create(new JobEvent.Submitted(
        info.Id, info.Name, info.Experiment, new JobWork(info.Function, info.FunctionVersion, null, info.Item, info.Command) { Inputs = info.Inputs }, info.Params, [],
        info.MaxAttempts, info.TimeoutSeconds, 0, new Dictionary<string, string>(), info.SubmittedBy, info.SubmittedAt));

    /// <summary>The mesh as a pod sees it: the gateway, with the job's token.</summary>
    private sealed class PodMesh : IJobMesh, IDisposable
    {
        private readonly HttpClient _http;
        private readonly string _token;
        private readonly Uri _api;

        private PodMesh(Uri api, string token)
        {
            (_api, _token) = (api, token);
            _http = new HttpClient(new Bearer(token));
            // Paths are the same through the gateway; the identity of a service is taken off on the way.
            Services = new ServiceClient(
                "functions", _http, new MeshOptions { Services = { ["tracking"] = api.ToString() } }, new IdentityTokens(new byte[32], TimeProvider.System));
        }

        public required string Project { get; init; }

        public required Guid JobId { get; init; }

        public required int Attempt { get; init; }

        public ServiceClient Services { get; }

        public static PodMesh FromEnvironment() => new(new Uri(Read("MESH_API")), Read(JobVariables.Token))
        {
            Project = Read("MESH_PROJECT"),
            JobId = Guid.Parse(Read(ProcessMark.RunId)),
            Attempt = int.Parse(Read(ProcessMark.AttemptNumber), System.Globalization.CultureInfo.InvariantCulture),
        };

        public MeshClient Open() => new(new MeshClientOptions { Api = _api, Token = _token, Project = Project, RetryFor = Patience, SpoolFolder = null });

        public MeshClient Open(string project, string jobId) => Open();

        public void Dispose() => _http.Dispose();

        private static string Read(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : throw new InvalidOperationException($"{name} is not set.");
    }

    private sealed class Bearer(string token) : DelegatingHandler(new SocketsHttpHandler { UseCookies = false })
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.Headers.Remove(IdentityTokens.Header);
            request.Headers.Authorization = new System.Net.Http.Headers.AuthenticationHeaderValue("Bearer", token);
            return base.SendAsync(request, cancellationToken);
        }
    }
}
