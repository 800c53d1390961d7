using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using k8s;
using k8s.Exceptions;
using k8s.Models;
using Mesh.Contracts;

namespace Mesh.Functions.Profiles;

/// <summary>Checks the settings of a profile of a cluster, so that what the cluster would refuse is refused at start.</summary>
internal static class KubernetesProfileCheck
{
    public static void Check(ProfileOptions settings, Action<bool, string, string> require)
    {
        Connection(settings, require);
        require(Names.IsLabel(settings.Namespace), "Namespace", "must be the namespace that jobs run in, such as 'mesh-jobs'.");
        require(!string.IsNullOrWhiteSpace(settings.InitImage), "InitImage", "must be the image of Mesh's functions service, which brings code into pods.");
        require(
            Uri.TryCreate(settings.Api, UriKind.Absolute, out var api) && api.Scheme is "http" or "https", "Api",
            "must be the address of the gateway as pods reach it, such as http://gateway.mesh.svc:7070.");
        require(settings.ImagePullPolicy is null or "Always" or "IfNotPresent" or "Never", "ImagePullPolicy", "must be Always, IfNotPresent or Never.");
        for (var i = 0; i < settings.ImagePullSecrets.Count; i++) Name(settings.ImagePullSecrets[i], $"ImagePullSecrets:{i}", require);
        if (settings.ServiceAccount is { } account) Name(account, "ServiceAccount", require);
        if (settings.PriorityClass is { } priority) Name(priority, "PriorityClass", require);
        require(KubernetesNames.IsQualified(settings.GpuResource) && settings.GpuResource.Contains('/', StringComparison.Ordinal), "GpuResource", "must be the name of an extended resource, such as nvidia.com/gpu.");
        require(settings.RunAsUser is >= 1 and <= int.MaxValue, "RunAsUser", "must be 1 to 2,147,483,647: nothing runs as root.");
        require(settings.RunAsGroup is >= 1 and <= int.MaxValue, "RunAsGroup", "must be 1 to 2,147,483,647.");
        require(Enum.IsDefined(settings.Trainer), "Trainer", "must be v1 or v2.");
        require(settings.Runtimes.Count == 0 || settings.Trainer == TrainerVersion.V2, "Runtimes", "goes with Trainer v2.");
        foreach (var (framework, runtime) in settings.Runtimes)
        {
            require(framework is "pytorch" or "plain" or "xgboost", $"Runtimes:{framework}", "must be one of pytorch, plain and xgboost.");
            Name(runtime, $"Runtimes:{framework}", require);
        }

        require(settings.TtlSeconds is >= 0 and <= 604_800, "TtlSeconds", "must be 0 to 604,800.");
        require(settings.RemoveSeconds is >= 1 and <= 86_400, "RemoveSeconds", "must be 1 to 86,400.");
        require(settings.PendingSeconds is >= 10 and <= 604_800, "PendingSeconds", "must be 10 to 604,800.");
        require(settings.ImagePullSeconds is >= 0 and <= 86_400, "ImagePullSeconds", "must be 0 to 86,400.");
        if (settings.WorkSize is { } size) Quantity(size, "WorkSize", require);
        Labels(settings.NodeSelector, "NodeSelector", require);
        Labels(settings.Labels, "Labels", require);
        foreach (var key in settings.Labels.Keys.Where(KubernetesNames.IsOwn)) require(false, $"Labels:{key}", "is one of Mesh's own labels.");
        foreach (var key in settings.Annotations.Keys) require(KubernetesNames.IsQualified(key), $"Annotations:{key}", "must be a name such as example.com/team.");
        Yaml<List<V1Toleration>>(settings.Tolerations, "Tolerations", "a list of tolerations", require);
        Yaml<V1Affinity>(settings.Affinity, "Affinity", "an affinity", require);
        for (var i = 0; i < settings.Volumes.Count; i++) Volume(settings.Volumes[i], $"Volumes:{i}", require);
        require(settings.Volumes.Select(v => v.MountPath).Distinct(StringComparer.Ordinal).Count() == settings.Volumes.Count, "Volumes", "must each have a path of its own.");
    }

    private static void Connection(ProfileOptions settings, Action<bool, string, string> require)
    {
        if (settings.ApiServer is { } server)
        {
            require(Uri.TryCreate(server, UriKind.Absolute, out var address) && address.Scheme is "http" or "https", "ApiServer", "must be an address, such as https://10.0.0.1:6443.");
            require(settings.KubeConfig is null, "KubeConfig", "must be absent where ApiServer is given.");
            require(File.Exists(settings.TokenFile), "TokenFile", "must be the file of the token for ApiServer.");
            if (settings.CaFile is { } authorities) Read("CaFile", authorities, () => HoldCertificates(authorities, require), require);
            return;
        }

        require(settings.TokenFile is null && settings.CaFile is null, "ApiServer", "must be given with TokenFile and CaFile.");
        if (settings.KubeConfig is { } path)
        {
            Read(settings.Context is null ? "KubeConfig" : "Context", path, () => KubernetesClientConfiguration.BuildConfigFromConfigFile(path, settings.Context), require);
            return;
        }

        require(settings.Context is null, "Context", "goes with KubeConfig.");
        require(KubernetesClientConfiguration.IsInCluster(), "ApiServer", "must be given, or KubeConfig: this is no pod of a cluster.");
    }

    private static void HoldCertificates(string path, Action<bool, string, string> require)
    {
        var certificates = new X509Certificate2Collection();
        certificates.ImportFromPemFile(path);
        require(certificates.Count > 0, "CaFile", $"{path} holds no certificate (PEM).");
    }

    private static void Read(string key, string path, Action read, Action<bool, string, string> require)
    {
        try
        {
            read();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or KubeConfigException or YamlDotNet.Core.YamlException or FormatException)
        {
            require(false, key, $"{path} cannot be used: {e.Message}");
        }
    }

    private static void Volume(VolumeOptions volume, string key, Action<bool, string, string> require)
    {
        require(
            volume.MountPath is ['/', _, ..] path && !path.Contains(':', StringComparison.Ordinal) && path != "/mesh" && !path.StartsWith("/mesh/", StringComparison.Ordinal),
            $"{key}:MountPath", "must be an absolute path outside /mesh.");
        string?[] sources = [volume.Claim, volume.ConfigMap, volume.Secret, volume.EmptyDir];
        require(sources.Count(source => source is not null) == 1, key, "must have exactly one of Claim, ConfigMap, Secret and EmptyDir.");
        foreach (var name in sources[..3].OfType<string>()) Name(name, key, require);
        if (volume.EmptyDir is { } size) Quantity(size, $"{key}:EmptyDir", require);
        require(volume.Medium is null || (volume.Medium == "Memory" && volume.EmptyDir is not null), $"{key}:Medium", "must be Memory, and goes with EmptyDir.");
        require(volume.SubPath is null || Names.IsKey(volume.SubPath), $"{key}:SubPath", "must be a relative path without '..'.");
    }

    private static void Name(string name, string key, Action<bool, string, string> require) =>
        require(KubernetesNames.IsSubdomain(name), key, $"'{name}' is no name of a Kubernetes object: 1 to 253 of a-z, 0-9, '-' and '.'.");

    private static void Labels(Dictionary<string, string> labels, string key, Action<bool, string, string> require)
    {
        foreach (var (name, value) in labels)
        {
            require(KubernetesNames.IsQualified(name), $"{key}:{name}", "must be a name such as example.com/team.");
            require(KubernetesNames.IsLabelValue(value), $"{key}:{name}", $"'{value}' is no value of a label: at most 63 letters, digits, '-', '_' and '.'.");
        }
    }

    private static void Quantity(string text, string key, Action<bool, string, string> require) =>
        require(KubernetesNames.IsQuantity(text), key, $"'{text}' is no quantity, such as 10Gi.");

    private static void Yaml<T>(string? text, string key, string what, Action<bool, string, string> require)
    {
        if (text is null) return;
        try
        {
            require(KubernetesYaml.Deserialize<T>(text, strict: true) is not null, key, $"must be {what} in YAML or JSON.");
        }
        catch (Exception e) when (e is YamlDotNet.Core.YamlException or FormatException or InvalidOperationException)
        {
            require(false, key, $"must be {what} in YAML or JSON: {e.InnerException?.Message ?? e.Message}");
        }
    }
}
