using Mesh.Functions.Tests.Doubles;
using Mesh.Functions.Tests.Kubernetes.StandIn;

namespace Mesh.Functions.Tests.Kubernetes;

/// <summary>A functions service whose default profile is a cluster: the stand-in, whose pods reach the service as they would by the gateway.</summary>
internal sealed class ClusterHost : IAsyncDisposable
{
    private readonly string _token = Path.GetTempFileName();

    public ClusterServer Cluster { get; private set; } = null!;

    public JobGateway Gateway { get; private set; } = null!;

    public FunctionsHost Functions { get; private set; } = null!;

    public static async Task<ClusterHost> StartAsync(Action<ClusterServer>? prepare = null, params (string Key, string? Value)[] settings)
    {
        var host = new ClusterHost { Cluster = await ClusterServer.StartAsync(), Gateway = await JobGateway.StartAsync() };
        Prepare(host.Cluster);
        prepare?.Invoke(host.Cluster);
        host.Functions = new FunctionsHost { Settings = [.. Settings(host.Cluster, host.Gateway.Address, host._token), .. settings] };
        await host.Functions.InitializeAsync();
        host.Gateway.Open(host.Functions.Host);
        return host;
    }

    /// <summary>Puts Mesh's own programs into the images of the stand-in.</summary>
    public static void Prepare(ClusterServer cluster)
    {
        var here = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);
        cluster.Runner.Programs["/app/Mesh.Functions.dll"] = Path.GetFullPath(Path.Combine(here, "..", "..", "Mesh.Functions", Path.GetFileName(here), "Mesh.Functions.dll"));
        cluster.Runner.Programs["/app/Mesh.Hub/Mesh.Hub.dll"] = Path.GetFullPath(Path.Combine(here, "..", "..", "Mesh.Hub", Path.GetFileName(here), "Mesh.Hub.dll"));
    }

    /// <summary>The profile of the stand-in, as the default.</summary>
    public static IEnumerable<(string Key, string? Value)> Settings(ClusterServer cluster, string gateway, string tokenFile)
    {
        File.WriteAllText(tokenFile, ClusterServer.Token);
        const string at = "Functions:Profiles:cluster";
        return
        [
            ("Functions:DefaultProfile", "cluster"), ($"{at}:Executor", "kubernetes"), ($"{at}:ApiServer", cluster.Address), ($"{at}:TokenFile", tokenFile),
            ($"{at}:Namespace", ClusterServer.Namespace), ($"{at}:InitImage", "mesh/functions:1"), ($"{at}:Image", "ours/train:1"), ($"{at}:Api", gateway),
            ($"{at}:ImagePullSeconds", "1"), ($"{at}:Labels:team", "vision"), ("Functions:SampleSeconds", "0"),
        ];
    }

    public async ValueTask DisposeAsync()
    {
        await Functions.DisposeAsync();
        await Gateway.DisposeAsync();
        await Cluster.DisposeAsync();
        File.Delete(_token);
    }
}
