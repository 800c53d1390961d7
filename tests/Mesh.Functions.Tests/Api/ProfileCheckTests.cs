using Mesh.Contracts.Functions;
using Mesh.Functions.Profiles;

namespace Mesh.Functions.Tests.Api;

/// <summary>What an operator is told of settings that cannot work.</summary>
public sealed class ProfileCheckTests
{
    [Fact]
    public void Good_settings_pass() => Faults(Good()).ShouldBeEmpty();

    [Theory]
    [InlineData("Namespace")]
    [InlineData("InitImage")]
    [InlineData("Api")]
    [InlineData("TokenFile")]
    public void What_is_needed_is_named(string key)
    {
        var settings = Good();
        typeof(ProfileOptions).GetProperty(key)!.SetValue(settings, null);
        Faults(settings).ShouldHaveSingleItem().ShouldStartWith($"Functions:Profiles:cluster:{key}: ");
    }

    [Fact]
    public void What_a_cluster_would_refuse_is_refused_at_start()
    {
        var settings = Good();
        settings.Tolerations = "[{keyy: gpu}]";
        settings.Affinity = "nodeAffinity: 5";
        settings.NodeSelector = new() { ["pool"] = "a b" };
        settings.Labels = new() { ["mesh/job"] = "x" };
        settings.WorkSize = "10 GB";
        settings.RunAsUser = 0;
        settings.Volumes = [new VolumeOptions { MountPath = "/mesh/work", Claim = "data" }, new VolumeOptions { MountPath = "/data", Claim = "data", Secret = "too" }];
        var keys = Faults(settings).Select(f => f.Split(": ")[0]["Functions:Profiles:cluster:".Length..]).ToList();
        keys.ShouldBe(["RunAsUser", "WorkSize", "NodeSelector:pool", "Labels:mesh/job", "Tolerations", "Affinity", "Volumes:0:MountPath", "Volumes:1"], ignoreOrder: true);
    }

    [Fact]
    public void A_default_profile_must_be_there()
    {
        var options = new FunctionsOptions { DefaultProfile = "cluster" };
        new ProfileCheck().Validate(null, options).Failures!.ShouldHaveSingleItem().ShouldContain("there is no profile 'cluster'; there are process.");
        new ProfileCheck().Validate(null, new FunctionsOptions { Profiles = new() { ["process"] = new ProfileOptions { Executor = ProfileExecutor.Process } } }).Failed.ShouldBeTrue();
        new ProfileCheck().Validate(null, new FunctionsOptions { Profiles = new() { ["x"] = new ProfileOptions() } }).Failures!.ShouldHaveSingleItem().ShouldContain("Executor");
    }

    private static ProfileOptions Good() => new()
    {
        Executor = ProfileExecutor.Kubernetes,
        ApiServer = "https://10.0.0.1:6443",
        TokenFile = typeof(ProfileCheckTests).Assembly.Location,
        Namespace = "jobs",
        InitImage = "mesh/functions:1",
        Api = "http://gateway:7070",
        Tolerations = "- key: gpu\n  operator: Exists\n  effect: NoSchedule",
        Affinity = """{"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{"matchExpressions": [{"key": "pool", "operator": "In", "values": ["gpu"]}]}]}}}""",
        NodeSelector = new() { ["pool"] = "gpu" },
        WorkSize = "10Gi",
        Volumes = [new VolumeOptions { MountPath = "/data", Claim = "data", ReadOnly = true }],
    };

    private static IReadOnlyList<string> Faults(ProfileOptions settings) =>
        [.. new ProfileCheck().Validate(null, new FunctionsOptions { Profiles = new() { ["cluster"] = settings } }).Failures ?? []];
}
