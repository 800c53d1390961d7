using System.Text.Json.Nodes;
using k8s;
using Mesh.Contracts;
using Mesh.Contracts.Functions;
using Mesh.Functions.Jobs;
using Mesh.Functions.Kubernetes;
using Mesh.Functions.Kubernetes.Custom;
using Mesh.Functions.Kubernetes.Spark;
using Mesh.Functions.Profiles;
using Mesh.Functions.Tests.Kubernetes.StandIn;

namespace Mesh.Functions.Tests.Kubernetes;

/// <summary>The applications that Spark functions become, beside the fields that their definition has; what their states say; what cannot be defined.</summary>
public sealed class SparkManifestTests
{
    private static readonly SparkSpec Count = new(SparkType.Python, "jobs/count.py", "3.5.3");
    private static readonly SparkSpec Jar = new(SparkType.Scala, "local:///opt/app/count.jar", "3.5.3", "org.example.Count");

    public static TheoryData<string, SparkSpec> All => new()
    {
        { "script", Count },
        { "jar", Jar },
        { "everything", Jar with { Arguments = ["a b"], SparkConf = new Dictionary<string, string> { ["spark.sql.shuffle.partitions"] = "8" }, Driver = new(2, 1L << 31), Executor = new(4, 1L << 32, 3), DynamicAllocation = new(2, 9), Deps = new(["s3a://jars/udf.jar"], ["local:///opt/x"]) } },
    };

    [Theory]
    [MemberData(nameof(All))]
    public void Each_has_only_fields_that_there_are(string name, SparkSpec spark)
    {
        var application = Of(spark);
        StrictSchema.Faults("sparkapplications", application).ShouldBeEmpty(name);
        application.ToJsonString().ShouldNotContain(":null");
    }

    [Fact]
    public void A_script_of_the_functions_own_lies_where_the_stage_of_the_driver_puts_it()
    {
        var spec = Of(Count)["spec"]!;
        (Text(spec, "type"), Text(spec, "mode"), Text(spec, "image"), Text(spec, "restartPolicy", "type")).ShouldBe(("Python", "cluster", "ours/spark:3.5.3", "Never"));
        Text(spec, "mainApplicationFile").ShouldBe("local:///mesh/work/jobs/count.py");
        spec["timeToLiveSeconds"]!.GetValue<long>().ShouldBe(3600);
        spec["driver"]!["initContainers"]!.AsArray().Select(c => c!["name"]!.GetValue<string>()).ShouldBe(["stage"]);
        (Text(spec, "driver", "serviceAccount"), Text(spec, "driver", "envFrom", 0, "secretRef", "name"), Text(spec, "driver", "memory")).ShouldBe(("spark", "mesh-job-1", "1024m"));
        spec["executor"]!["initContainers"].ShouldBeNull();
        Text(spec, "executor", "envFrom", 0, "secretRef", "name").ShouldBe("mesh-job-1");
    }

    [Fact]
    public void What_the_profile_says_of_pods_holds_for_driver_and_executors()
    {
        var spec = Of(Count, new ProfileOptions
        {
            NodeSelector = { ["pool"] = "spark" },
            Tolerations = "[{key: spot, operator: Exists}]",
            Volumes = [new VolumeOptions { MountPath = "/data", Claim = "data" }],
        })["spec"]!;
        foreach (var role in (string[])["driver", "executor"])
        {
            (Text(spec, role, "nodeSelector", "pool"), Text(spec, role, "tolerations", 0, "key"), Text(spec, role, "labels", "mesh/job")).ShouldBe(("spark", "spot", "job"));
            spec[role]!["volumeMounts"]!.AsArray().Select(m => m!["mountPath"]!.GetValue<string>()).ShouldBe(["/mesh", "/data"]);
            spec[role]!["podSecurityContext"]!["runAsNonRoot"]!.GetValue<bool>().ShouldBeTrue();
        }

        spec["volumes"]!.AsArray().Count.ShouldBe(2);
    }

    [Fact]
    public void Executors_that_come_and_go_have_bounds_instead_of_a_number()
    {
        var spec = Of(Count with { Executor = new(Instances: 3), DynamicAllocation = new(2, 9) })["spec"]!;
        spec["dynamicAllocation"]!.ToJsonString().ShouldBe("""{"enabled":true,"initialExecutors":3,"minExecutors":2,"maxExecutors":9}""");
        spec["executor"]!["instances"].ShouldBeNull();
        Of(Count)["spec"]!["executor"]!["instances"]!.GetValue<int>().ShouldBe(1);
    }

    [Theory]
    [InlineData(null, null, null, "The Spark operator has not taken the application yet")]
    [InlineData("", null, null, "The Spark operator has not taken the application yet")]
    [InlineData("NEW", null, null, "The Spark operator has not taken the application yet")]
    [InlineData("SUBMITTED", null, null, "The Spark application is submitted")]
    [InlineData("RUNNING", null, null, null)]
    [InlineData("SUCCEEDING", null, null, null)]
    [InlineData("FAILING", null, null, null)]
    [InlineData("COMPLETED", 0, null, null)]
    [InlineData("FAILED", -1, "The Spark application failed: it says why", null)]
    [InlineData("SUBMISSION_FAILED", -1, "The Spark application could not be submitted: it says why", null)]
    [InlineData("PENDING_RERUN", null, null, "The Spark application is run again by its operator: it says why")]
    [InlineData("INVALIDATING", null, null, "The Spark application was changed, and its operator begins it anew")]
    [InlineData("SUSPENDED", null, null, "The Spark application is held back: it says why")]
    [InlineData("RESUMING", null, null, "The Spark application goes on after it was held back")]
    [InlineData("UNKNOWN", null, null, "The Spark operator does not know where the application is: it says why")]
    [InlineData("PAUSED", null, null, "The Spark application is in the state PAUSED: it says why")]
    public void States_say_where_it_is(string? state, int? exitCode, string? cause, string? waits)
    {
        var read = new ApplicationState(state, "it says why.\n");
        var end = SparkReading.EndOf(read);
        (end is null ? (int?)null : end.ExitCode ?? -1, end?.Cause, SparkReading.WaitOf(read)).ShouldBe((exitCode, cause, waits));
    }

    public static TheoryData<string, DefineFunction> Misfits => new()
    {
        { "spark.mainFile", Define(Count with { MainFile = "../count.py" }) },
        { "spark.mainFile", Define(Count with { MainFile = "other.py" }) },
        { "spark.mainFile", Define(Jar with { MainFile = "count.jar" }) },
        { "spark.mainClass", Define(Jar with { MainClass = null }) },
        { "spark.mainClass", Define(Count with { MainClass = "org.example.Count" }) },
        { "spark.sparkVersion", Define(Count with { SparkVersion = "latest" }) },
        { "spark.sparkConf.sql.x", Define(Count with { SparkConf = new Dictionary<string, string> { ["sql.x"] = "1" } }) },
        { "spark.sparkConf.spark.kubernetes.driver.podTemplateFile", Define(Count with { SparkConf = new Dictionary<string, string> { ["spark.kubernetes.driver.podTemplateFile"] = "x" } }) },
        { "spark.sparkConf.spark.executor.instances", Define(Count with { SparkConf = new Dictionary<string, string> { ["spark.executor.instances"] = "9" } }) },
        { "spark.driver.memoryBytes", Define(Count with { Driver = new(MemoryBytes: 1) }) },
        { "spark.executor.cores", Define(Count with { Executor = new(0) }) },
        { "spark.executor.instances", Define(Count with { Executor = new(Instances: 1001) }) },
        { "spark.executor.instances", Define(Count with { Executor = new(Instances: 5), DynamicAllocation = new(1, 4) }) },
        { "spark.dynamicAllocation.min", Define(Count with { DynamicAllocation = new(5, 4) }) },
        { "spark.deps.jars[0]", Define(Count with { Deps = new(["file:///x.jar"]) }) },
        { "spark.deps.pyFiles", Define(Jar with { Deps = new(PyFiles: ["local:///x.py"]) }) },
        { "command", Define(Count) with { Command = ["true"] } },
        { "outputs", Define(Count) with { Outputs = [new OutputSpec("model", "m")] } },
        { "spark", Define(Count) with { Distributed = new(TrainingFramework.Plain, [new("worker")]) } },
    };

    [Theory]
    [MemberData(nameof(Misfits))]
    public void What_cannot_be_is_refused_with_its_field(string field, DefineFunction definition)
    {
        var faults = new Faults();
        definition.Check(faults);
        faults.Items.Select(fault => fault.Field).ShouldBe([field]);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void What_can_be_is_not(string name, SparkSpec spark)
    {
        var faults = new Faults();
        Define(spark).Check(faults);
        faults.Items.ShouldBeEmpty(name);
    }

    private static DefineFunction Define(SparkSpec spark) => new(FunctionKind.Process, Files: [new CodeFile("jobs/count.py", "")]) { Spark = spark };

    private static JsonObject Of(SparkSpec spark, ProfileOptions? options = null)
    {
        options ??= new ProfileOptions();
        (options.Namespace, options.InitImage, options.ServiceAccount) = ("mesh-jobs", "mesh/functions:1", "spark");
        var job = Job.Create(new JobEvent.Submitted(
            Guid.Empty, "job", "default", new JobWork("count", 1, null, null, []), new Dictionary<string, string>(), [], 1, 60, 0, new Dictionary<string, string>(), "ada", DateTimeOffset.UnixEpoch)) with
        { Id = "job" };
        var pod = new PodPlan(
            "mesh-job-1", new Profile("cluster", ProfileExecutor.Kubernetes, 1, options), job, "ours/spark:3.5.3", [], new Dictionary<string, string>(),
            new Dictionary<string, string> { ["mesh/job"] = "job" }, "/mesh/work", HasPackages: false, HasOutputs: false);
        return JsonNode.Parse(KubernetesJson.Serialize(SparkManifest.Of(pod, spark)))!.AsObject();
    }

    private static string Text(JsonNode node, params object[] path) =>
        path.Aggregate(node, (at, part) => part is int index ? at[index]! : at[(string)part]!).GetValue<string>();
}
