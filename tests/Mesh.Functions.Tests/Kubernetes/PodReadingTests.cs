using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Mesh.Functions.Kubernetes;
using Mesh.Functions.Tests.Kubernetes.StandIn;

namespace Mesh.Functions.Tests.Kubernetes;

/// <summary>What the status of a pod means, and what the stand-in refuses.</summary>
public sealed class PodReadingTests
{
    [Theory]
    [InlineData("""{"phase":"Pending","conditions":[{"type":"PodScheduled","status":"False","reason":"Unschedulable","message":"0/2 nodes are available."}]}""", "No node takes the pod: 0/2 nodes are available", false)]
    [InlineData("""{"phase":"Pending","initContainerStatuses":[{"name":"stage","image":"m:1","state":{"waiting":{"reason":"InvalidImageName","message":"cannot parse"}}}]}""", "The image m:1 cannot be pulled (InvalidImageName): cannot parse", true)]
    [InlineData("""{"phase":"Pending","containerStatuses":[{"name":"main","image":"m:1","state":{"waiting":{"reason":"CreateContainerConfigError","message":"secret \"x\" not found"}}}]}""", "The program cannot be started (CreateContainerConfigError): secret \"x\" not found", false)]
    [InlineData("""{"phase":"Pending","initContainerStatuses":[{"name":"stage","image":"m:1","state":{"waiting":{"reason":"PodInitializing"}}}]}""", null, false)]
    public void A_pod_that_waits_says_for_what(string status, string? waits, bool certain)
    {
        var read = Read(status);
        (read.Waits, read.Fault == PodFault.Certain, read.End).ShouldBe((waits, certain, null));
    }

    [Theory]
    [InlineData("""{"phase":"Failed","reason":"Evicted","message":"low on memory.","containerStatuses":[{"name":"main","state":{"terminated":{"exitCode":137,"reason":"Error"}}}]}""", null, "The pod was evicted from its node: low on memory", "evicted")]
    [InlineData("""{"phase":"Failed","containerStatuses":[{"name":"main","state":{"terminated":{"exitCode":137,"reason":"OOMKilled"}}}]}""", 137, "memory limit exceeded: the cluster ended the program (OOMKilled)", "memory-limit")]
    [InlineData("""{"phase":"Failed","containerStatuses":[{"name":"main","state":{"terminated":{"exitCode":128,"reason":"StartError","message":"exec: \"train\": not found"}}}]}""", null, "The program could not be started: exec: \"train\": not found", null)]
    [InlineData("""{"phase":"Failed","initContainerStatuses":[{"name":"stage","state":{"terminated":{"exitCode":1,"reason":"Error","message":"noise\nThe code is gone."}}}]}""", null, "The code is gone.", null)]
    [InlineData("""{"phase":"Failed","conditions":[{"type":"DisruptionTarget","status":"True","reason":"PreemptionByScheduler","message":"preempted by a higher priority"}]}""", null, "The cluster took the pod away: preempted by a higher priority", "evicted")]
    [InlineData("""{"phase":"Succeeded","containerStatuses":[{"name":"main","state":{"terminated":{"exitCode":0,"reason":"Completed"}}}]}""", 0, null, null)]
    public void A_pod_that_has_ended_says_how(string status, int? exitCode, string? cause, string? code)
    {
        var end = Read(status).End!;
        (end.ExitCode, end.Cause, end.Code).ShouldBe((exitCode, cause, code));
    }

    [Theory]
    [InlineData(137, "The pod was deleted by somebody else, or its node is gone", null)]
    [InlineData(143, "The pod was deleted by somebody else, or its node is gone", null)]
    [InlineData(3, "", 3)]
    public void A_program_that_is_killed_while_its_pod_is_deleted_has_not_failed_by_itself(int exitCode, string cause, int? told)
    {
        var pod = new V1Pod
        {
            Metadata = new V1ObjectMeta { DeletionTimestamp = DateTime.UtcNow },
            Status = new V1PodStatus
            {
                Phase = "Running",
                ContainerStatuses = [new V1ContainerStatus { Name = PodPlan.Main, State = new V1ContainerState { Terminated = new V1ContainerStateTerminated { ExitCode = exitCode, Reason = "Error" } } }],
            },
        };
        var end = PodReading.Of(pod).End!;
        (end.Cause, end.ExitCode).ShouldBe((cause, told));
    }

    [Fact]
    public void A_program_that_runs_before_outputs_are_kept_has_not_ended_the_pod()
    {
        var read = Read("""{"phase":"Pending","initContainerStatuses":[{"name":"stage","state":{"terminated":{"exitCode":0}}},{"name":"main","state":{"running":{}}}],"containerStatuses":[{"name":"keep","state":{"waiting":{"reason":"PodInitializing"}}}]}""");
        (read.End, read.Waits, read.MainEnded).ShouldBe((null, null, false));
        read.Started.ShouldBe(["stage", "main"], ignoreOrder: true);
    }

    [Theory]
    [InlineData("""{"spec":{"templat":{}}}""", "unknown field \"spec.templat\"")]
    [InlineData("""{"spec":{"backoffLimit":"0"}}""", "spec.backoffLimit: must be an integer, not String")]
    [InlineData("""{"metadata":{"name":"Not_A_Name"}}""", "metadata.name: must be a DNS subdomain")]
    [InlineData("""{"metadata":{"name":"a","labels":{"mesh/job":"a b"}}}""", "metadata.labels.mesh/job: Invalid value: a b")]
    [InlineData("""{"spec":{"template":{"spec":{"restartPolicy":"Never","containers":[{"name":"a","image":"b","resources":{"limits":{"memory":"10 GB"}}}]}}}}""", "spec.template.spec.containers[0].resources.limits.memory: must be a quantity, not String")]
    public void The_stand_in_refuses_what_a_cluster_would(string part, string fault)
    {
        var body = JsonNode.Parse(part)!.AsObject();
        if (body["metadata"] is null) body["metadata"] = new JsonObject { ["name"] = "a" };
        StrictSchema.Faults("jobs", body).ShouldContain(fault);
    }

    private static PodReading Read(string status) => PodReading.Of(new V1Pod { Metadata = new V1ObjectMeta { Name = "p" }, Status = KubernetesJson.Deserialize<V1PodStatus>(status) });
}
