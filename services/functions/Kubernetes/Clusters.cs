using System.Collections.Concurrent;
using System.Security.Cryptography.X509Certificates;
using k8s;
using k8s.Authentication;
using k8s.Models;
using Mesh.Functions.Profiles;

namespace Mesh.Functions.Kubernetes;

/// <summary>The clusters of this service's profiles: each connected to, and watched, once.</summary>
internal sealed class Clusters(Installation installation, TimeProvider clock, ILoggerFactory logs) : IDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<Cluster>> _known = new(StringComparer.Ordinal);

    public Cluster Of(Profile profile) => _known.GetOrAdd(profile.Name, _ => new Lazy<Cluster>(() => new Cluster(profile, Connect(profile.Options), installation, clock, logs))).Value;

    public void Dispose()
    {
        foreach (var cluster in _known.Values.Where(c => c.IsValueCreated)) cluster.Value.Dispose();
    }

    private static ClusterApi Connect(ProfileOptions settings)
    {
        var config = settings switch
        {
            { ApiServer: { } server } => new KubernetesClientConfiguration
            {
                Host = server,
                TokenProvider = new TokenFileAuth(settings.TokenFile!),
                SslCaCerts = settings.CaFile is { } path ? Certificates(path) : null,
            },
            { KubeConfig: { } path } => KubernetesClientConfiguration.BuildConfigFromConfigFile(path, settings.Context),
            _ => KubernetesClientConfiguration.InClusterConfig(),
        };
        // Watches and logs stay open; what is short has a limit of its own.
        config.HttpClientTimeout = Timeout.InfiniteTimeSpan;
        return new ClusterApi(new k8s.Kubernetes(config));
    }

    private static X509Certificate2Collection Certificates(string path)
    {
        var certificates = new X509Certificate2Collection();
        certificates.ImportFromPemFile(path);
        return certificates;
    }
}

/// <summary>One cluster, as one profile uses it.</summary>
internal sealed class Cluster : IDisposable
{
    private readonly CancellationTokenSource _closing = new();

    public Cluster(Profile profile, ClusterApi api, Installation installation, TimeProvider clock, ILoggerFactory logs)
    {
        (Profile, Api, Installation) = (profile, api, installation);
        var log = logs.CreateLogger<Cluster>();
        Jobs = new ClusterWatch<V1Job>(api, PathOf(JobResource), SelectorAsync, clock, log);
        Pods = new ClusterWatch<V1Pod>(api, PathOf(PodResource), SelectorAsync, clock, log);
    }

    /// <summary>Where jobs are, below a namespace.</summary>
    public const string JobResource = "apis/batch/v1/jobs";

    /// <summary>Where pods are.</summary>
    public const string PodResource = "api/v1/pods";

    /// <summary>Where secrets are.</summary>
    public const string SecretResource = "api/v1/secrets";

    /// <summary>Where events are.</summary>
    public const string EventResource = "api/v1/events";

    public Profile Profile { get; }

    public ClusterApi Api { get; }

    public Installation Installation { get; }

    /// <summary>The jobs of this installation.</summary>
    public ClusterWatch<V1Job> Jobs { get; }

    /// <summary>The pods of this installation.</summary>
    public ClusterWatch<V1Pod> Pods { get; }

    /// <summary>Path of the objects of a resource in the profile's namespace, such as <c>apis/batch/v1/jobs</c>.</summary>
    public string PathOf(string resource)
    {
        var slash = resource.LastIndexOf('/');
        return $"{resource[..slash]}/namespaces/{Profile.Options.Namespace}/{resource[(slash + 1)..]}";
    }

    /// <summary>Path of one object.</summary>
    public string PathOf(string resource, string name) => $"{PathOf(resource)}/{name}";

    /// <summary>Selects what this installation has made.</summary>
    public async Task<string> SelectorAsync(CancellationToken ct) =>
        $"labelSelector={Uri.EscapeDataString($"{KubernetesNames.ManagedBy}=mesh,{AttemptLabels.Installation}={await Installation.IdAsync(ct)}")}";

    /// <summary>Ends when a removal has waited for as long as it may.</summary>
    public CancellationTokenSource RemovalLimit() => new(TimeSpan.FromSeconds(Profile.Options.RemoveSeconds));

    /// <summary>Why something was not removed within that limit.</summary>
    public string NotRemoved => $"the cluster of the profile '{Profile.Name}' did not confirm within {Profile.Options.RemoveSeconds} s that it is gone; what is left is removed when it answers again";

    /// <summary>Begins to watch, if that has not begun.</summary>
    public void Watch()
    {
        Jobs.Begin(_closing.Token);
        Pods.Begin(_closing.Token);
    }

    public void Dispose()
    {
        _closing.Cancel();
        _closing.Dispose();
        Api.Dispose();
    }
}
