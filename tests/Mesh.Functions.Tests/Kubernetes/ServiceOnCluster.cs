using System.Net.Http.Json;
using System.Security.Cryptography.X509Certificates;
using Mesh.Contracts;
using Mesh.Contracts.Functions;
using Mesh.Functions.Tests.Doubles;
using Mesh.Functions.Tests.Kubernetes.StandIn;
using Mesh.Hosting.Identity;
using Mesh.Testing;

namespace Mesh.Functions.Tests.Kubernetes;

/// <summary>The functions service as a process of its own, whose default profile is the stand-in of a cluster.</summary>
internal sealed class ServiceOnCluster : IAsyncDisposable
{
    private readonly string _token = Path.GetTempFileName();

    public ServiceProcess Service { get; private set; } = null!;

    public ClusterServer Cluster { get; private set; } = null!;

    public JobGateway Gateway { get; private set; } = null!;

    /// <summary>A file that programs of a test wait for.</summary>
    public string Go => Path.Combine(Service.Folder, "go");

    /// <param name="certificate">That of the cluster's API, over TLS; plain when absent.</param>
    public static async Task<ServiceOnCluster> CreateAsync(X509Certificate2? certificate = null)
    {
        var made = new ServiceOnCluster { Service = await ServiceProcess.CreateAsync(), Cluster = await ClusterServer.StartAsync(certificate), Gateway = await JobGateway.StartAsync() };
        ClusterHost.Prepare(made.Cluster);
        return made;
    }

    public Task StartAsync(params (string Key, string Value)[] more) => StartAsync(Service, more);

    /// <summary>Starts a service, here or on another machine, and leads pods to it.</summary>
    /// <param name="more">More settings; an empty one takes one of the stand-in away.</param>
    public async Task StartAsync(ServiceProcess service, params (string Key, string Value)[] more)
    {
        var settings = ClusterHost.Settings(Cluster, Gateway.Address, _token).Where(s => s.Value is not null).ToDictionary(s => s.Key.Replace(":", "__"), s => s.Value!);
        foreach (var (key, value) in more) settings[key] = value;
        await service.StartAsync([.. settings.Where(s => s.Value.Length > 0).Select(s => (s.Key, s.Value))]);
        Gateway.To = (service.Address, new IdentityTokens(KeyFile.ReadOrCreate(Path.Combine(Service.Folder, "keys"), "identity.key"), TimeProvider.System));
    }

    /// <summary>Defines a function and submits a job of it.</summary>
    public async Task<JobInfo> SubmitAsync(DefineFunction function, int attempts = 2)
    {
        using var answer = await Service.Client.PutAsJsonAsync($"/api/v1/projects/{ServiceProcess.Project}/functions/it", function, MeshJson.Strict);
        answer.IsSuccessStatusCode.ShouldBeTrue(await answer.Content.ReadAsStringAsync());
        return await Service.SubmitAsync(new SubmitJob("it", MaxAttempts: attempts));
    }

    public Task LogHoldsAsync(JobInfo job, params string[] lines) => Eventually.Holds(
        () => lines.ShouldAllBe(line => Service.Peers.LogOf(job.Id).Contains($"{line}\n"), Service.Peers.LogOf(job.Id)), TimeSpan.FromSeconds(60));

    public Task NothingIsLeftAsync() => Eventually.Holds(
        () => new[] { "jobs", "pytorchjobs", "trainjobs", "trainingruntimes", "sparkapplications", "secrets", "pods" }.SelectMany(Cluster.Store.List).Select(o => o["metadata"]!["name"]!.GetValue<string>()).ShouldBeEmpty(), TimeSpan.FromSeconds(20));

    public async ValueTask DisposeAsync()
    {
        await Service.DisposeAsync();
        await Gateway.DisposeAsync();
        await Cluster.DisposeAsync();
        File.Delete(_token);
    }
}
