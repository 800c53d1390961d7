using Mesh.Contracts;
using Mesh.Contracts.Functions;
using Mesh.Functions.Definitions;
using Mesh.Functions.Distributed;
using Mesh.Functions.Profiles;

namespace Mesh.Functions.Tests.Distributed;

public sealed class DistributionCheckTests
{
    internal static readonly Profile Local = new(Profile.BuiltIn, ProfileExecutor.Process, 1, new ProfileOptions());

    private static readonly ReplicaRole Master = new("master");
    private static readonly ReplicaRole TwoWorkers = new("worker", 2);

    public static TheoryData<string, string, Distribution> Wrong => new()
    {
        { "distributed.roles", "must name at least one role; pytorch has master, worker.", new(TrainingFramework.Pytorch, []) },
        { "distributed.roles[0].name", "'ps' is no role of pytorch; it has master, worker.", new(TrainingFramework.Pytorch, [new("ps"), TwoWorkers]) },
        { "distributed.roles[0].replicas", "must be 1: there is one master, further processes are workers.", new(TrainingFramework.Pytorch, [new("master", 2)]) },
        { "distributed.roles[0].replicas", "must be 1 to 1,000.", new(TrainingFramework.Pytorch, [new("worker", 0)]) },
        { "distributed.roles", "name 'worker' twice; give each role once, with its number of replicas.", new(TrainingFramework.Plain, [TwoWorkers, TwoWorkers]) },
        { "distributed.roles", "have a chief and a master, which are the same: give one of them.", new(TrainingFramework.Tensorflow, [new("chief"), Master]) },
        { "distributed.roles", "have nobody that leads: give a worker, or a chief or master.", new(TrainingFramework.Tensorflow, [new("ps", 2)]) },
        { "distributed.roles[1].replicas", "must be 1: there is one evaluator, further processes are workers.", new(TrainingFramework.Tensorflow, [TwoWorkers, new("evaluator", 2)]) },
        { "distributed.roles", "have no worker: the ranks of mpi run in workers.", new(TrainingFramework.Mpi, [new("launcher")]) },
        { "distributed.roles", "are 1024 processes together; a job has at most 1000.", new(TrainingFramework.Pytorch, [new("worker", 16)], ProcessesPerNode: 64) },
        { "distributed.processesPerNode", "must be 1 to 64.", new(TrainingFramework.Pytorch, [TwoWorkers], ProcessesPerNode: 0) },
        { "distributed.processesPerNode", "must be 1 with xgboost: give more replicas instead.", new(TrainingFramework.Xgboost, [TwoWorkers], ProcessesPerNode: 2) },
        { "distributed.elastic", "goes with pytorch only.", new(TrainingFramework.Mpi, [TwoWorkers], Elastic: new(1, 2)) },
        { "distributed.elastic", "goes with workers only: any of them may lead.", new(TrainingFramework.Pytorch, [Master, TwoWorkers], Elastic: new(1, 2)) },
        { "distributed.elastic.min", "must not be more than max, which is 2.", new(TrainingFramework.Pytorch, [TwoWorkers], Elastic: new(3, 2)) },
        { "distributed.elastic.min", "must be 1 or more.", new(TrainingFramework.Pytorch, [TwoWorkers], Elastic: new(0, 2)) },
        { "distributed.elastic", "is 3 to 4 workers, and 2 are asked for: begin with a number between them.", new(TrainingFramework.Pytorch, [TwoWorkers], Elastic: new(3, 4)) },
        { "distributed.maxRestarts", "must be 0 to 100.", new(TrainingFramework.Pytorch, [TwoWorkers], MaxRestarts: 101) },
        { "distributed.roles[0].resources.cpus", "must be 0.01 to 1,024.", new(TrainingFramework.Pytorch, [new("worker", 2, new JobResources(Cpus: 0))]) },
        { "distributed.roles[0].command", "must hold the program and at most 99 arguments.", new(TrainingFramework.Pytorch, [new("worker", 2, Command: [])]) },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void What_cannot_be_is_refused_with_its_field_and_what_would_be_right(string field, string message, Distribution distributed)
    {
        var faults = new Faults();
        Define(distributed).Check(faults);
        faults.Items.ShouldContain(new FieldFault(field, message));
    }

    public static TheoryData<Distribution> Right => new()
    {
        new Distribution(TrainingFramework.Pytorch, [Master, TwoWorkers], ProcessesPerNode: 4, MaxRestarts: 3),
        new Distribution(TrainingFramework.Pytorch, [TwoWorkers], Elastic: new(1, 4)),
        new Distribution(TrainingFramework.Tensorflow, [new("chief"), TwoWorkers, new("ps", 2), new("evaluator")], Success: TrainingSuccess.AllWorkers),
        new Distribution(TrainingFramework.Mpi, [new("launcher", Command: ["mpirun", "-np", "2", "a.out"]), TwoWorkers], ProcessesPerNode: 2),
        new Distribution(TrainingFramework.Xgboost, [Master, TwoWorkers]),
        new Distribution(TrainingFramework.Plain, [TwoWorkers]),
    };

    [Theory]
    [MemberData(nameof(Right))]
    public void What_can_be_is_taken(Distribution distributed)
    {
        var faults = new Faults();
        Define(distributed).Check(faults);
        faults.Items.ShouldBeEmpty();
    }

    [Fact]
    public void An_item_of_the_hub_is_not_distributed()
    {
        var faults = new Faults();
        new DefineFunction(FunctionKind.Hub, Item: "describe") { Distributed = new(TrainingFramework.Plain, [TwoWorkers]) }.Check(faults);
        faults.Items.ShouldContain(new FieldFault("distributed", "must be absent for a function of kind hub."));
    }

    [Fact]
    public void It_is_part_of_the_hash_and_absent_it_changes_none()
    {
        var plain = FunctionContent.Of(Define(null));
        FunctionContent.Of(Define(new(TrainingFramework.Plain, [TwoWorkers]))).Id.ShouldNotBe(plain.Id);
        FunctionContent.Of(Define(new(TrainingFramework.Plain, [TwoWorkers]))).Id.ShouldBe(FunctionContent.Of(Define(new(TrainingFramework.Plain, [new("worker", 2)]))).Id);
        FunctionContent.Of(Define(new(TrainingFramework.Plain, [new("worker", 3)]))).Id.ShouldNotBe(FunctionContent.Of(Define(new(TrainingFramework.Plain, [TwoWorkers]))).Id);
    }

    [Fact]
    public void A_job_may_ask_for_other_numbers_of_replicas()
    {
        var (settled, rejected) = Settle(new(TrainingFramework.Pytorch, [Master, TwoWorkers], MaxRestarts: 2), new() { ["worker"] = 5 });
        rejected.ShouldBeNull();
        settled!.Roles.Select(role => role.Replicas).ShouldBe([1, 5]);
        settled.MaxRestarts.ShouldBe(2);
    }

    [Theory]
    [InlineData("chief", 1, "The function has no role 'chief'; it has worker.")]
    [InlineData("worker", 0, "'distributed.roles[0].replicas' must be 1 to 1,000.")]
    [InlineData("worker", 9, "'distributed.elastic' is 1 to 4 workers, and 9 are asked for: begin with a number between them.")]
    public void Replicas_that_cannot_be_are_refused(string role, int replicas, string detail)
    {
        var rejected = Settle(new(TrainingFramework.Pytorch, [TwoWorkers], Elastic: new(1, 4)), new() { [role] = replicas }).Rejected!;
        (rejected.Code, rejected.Detail).ShouldBe(("job.replicas", detail));
    }

    [Fact]
    public void A_function_of_one_process_has_no_replicas() => GangRequest.Settle(
        FunctionContent.Of(Define(null)), new SubmitJob("train") { Replicas = new() { ["worker"] = 2 } }, Local).Rejected!.Detail.ShouldBe("The function 'train' is not distributed: it has no replicas.");

    [Fact]
    public void What_all_replicas_need_is_reserved_together()
    {
        var distributed = new Distribution(TrainingFramework.Pytorch, [new("master", 1, new(Cpus: 2, MemoryBytes: 1 << 30)), new("worker", 3, new(Cpus: 0.5, Gpus: 2))]);
        GangRequest.Total(distributed).ShouldBe(new JobResources(3.5, 1 << 30, 6));
        GangRequest.Total(new(TrainingFramework.Plain, [TwoWorkers])).ShouldBeNull();
        Settle(distributed, null, new JobResources(Cpus: 1)).Rejected!.Code.ShouldBe("job.resources-twice");
    }

    private static (Distribution? Distributed, Hosting.Decisions.Rejection? Rejected) Settle(
        Distribution distributed, Dictionary<string, int>? replicas, JobResources? resources = null) =>
        GangRequest.Settle(FunctionContent.Of(Define(distributed)), new SubmitJob("train", Resources: resources) { Replicas = replicas }, Local);

    private static DefineFunction Define(Distribution? distributed) => new(FunctionKind.Process, ["python3", "train.py"]) { Distributed = distributed };
}
