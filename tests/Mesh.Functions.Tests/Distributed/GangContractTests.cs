using System.Globalization;
using Mesh.Contracts.Functions;
using Mesh.Functions.Distributed;

namespace Mesh.Functions.Tests.Distributed;

/// <summary>What each process is told, beside what the operators of Kubeflow and torchrun set.</summary>
public sealed class GangContractTests
{
    private static readonly string[] Train = ["python3", "train.py"];

    [Fact]
    public void Pytorch_with_a_master() => Told(new(TrainingFramework.Pytorch, [new("worker", 2), new("master")], MaxRestarts: 3), Train, 2, 23456).ShouldBe(
        """
        GROUP_RANK=2
        LOCAL_RANK=0
        LOCAL_WORLD_SIZE=1
        MASTER_ADDR=127.0.0.1
        MASTER_PORT=23456
        MESH_REPLICA=1
        MESH_RESTART=1
        MESH_ROLE=worker
        PET_MASTER_ADDR=127.0.0.1
        PET_MASTER_PORT=23456
        PET_NNODES=3
        PET_NODE_RANK=2
        PET_NPROC_PER_NODE=1
        RANK=2
        TORCHELASTIC_MAX_RESTARTS=3
        TORCHELASTIC_RESTART_COUNT=1
        TORCHELASTIC_RUN_ID=run
        WORLD_SIZE=3
        """);

    [Fact]
    public void Pytorch_with_several_processes_a_node() => Told(new(TrainingFramework.Pytorch, [new("master"), new("worker")], ProcessesPerNode: 2), Train, 3, 23456).ShouldBe(
        """
        GROUP_RANK=1
        LOCAL_RANK=1
        LOCAL_WORLD_SIZE=2
        MASTER_ADDR=127.0.0.1
        MASTER_PORT=23456
        MESH_REPLICA=0
        MESH_RESTART=1
        MESH_ROLE=worker
        PET_MASTER_ADDR=127.0.0.1
        PET_MASTER_PORT=23456
        PET_NNODES=2
        PET_NODE_RANK=1
        PET_NPROC_PER_NODE=2
        RANK=3
        TORCHELASTIC_MAX_RESTARTS=0
        TORCHELASTIC_RESTART_COUNT=1
        TORCHELASTIC_RUN_ID=run
        WORLD_SIZE=4
        """);

    [Fact]
    public void Torchrun_is_told_as_an_agent_of_its_node() => Told(
        new(TrainingFramework.Pytorch, [new("master"), new("worker")], ProcessesPerNode: 2), ["torchrun", "train.py"], 1, 23456).ShouldBe(
        """
        MASTER_ADDR=127.0.0.1
        MASTER_PORT=23456
        MESH_REPLICA=0
        MESH_RESTART=1
        MESH_ROLE=worker
        PET_MASTER_ADDR=127.0.0.1
        PET_MASTER_PORT=23456
        PET_NNODES=2
        PET_NODE_RANK=1
        PET_NPROC_PER_NODE=2
        RANK=1
        WORLD_SIZE=4
        """);

    [Fact]
    public void Elastic_torchrun_meets_at_the_first_worker() => Told(
        new(TrainingFramework.Pytorch, [new("worker", 2)], Elastic: new(1, 4), MaxRestarts: 3), ["python3", "-m", "torch.distributed.run", "train.py"], 0, 29400).ShouldBe(
        """
        MASTER_ADDR=127.0.0.1
        MASTER_PORT=29400
        MESH_REPLICA=0
        MESH_RESTART=1
        MESH_ROLE=worker
        PET_MAX_RESTARTS=3
        PET_NNODES=1:4
        PET_NPROC_PER_NODE=1
        PET_RDZV_BACKEND=c10d
        PET_RDZV_ENDPOINT=127.0.0.1:29400
        PET_RDZV_ID=run
        RANK=0
        WORLD_SIZE=2
        """);

    [Fact]
    public void Tensorflow_has_the_whole_cluster_without_the_evaluator() => Told(
        new(TrainingFramework.Tensorflow, [new("evaluator"), new("ps"), new("worker", 2), new("chief")]), Train, 2, 2222, 2223, 2224, 2225, 2226).ShouldBe(
        """
        MESH_REPLICA=1
        MESH_RESTART=1
        MESH_ROLE=worker
        TF_CONFIG={"cluster":{"chief":["127.0.0.1:2222"],"ps":["127.0.0.1:2225"],"worker":["127.0.0.1:2223","127.0.0.1:2224"]},"task":{"type":"worker","index":1},"environment":"cloud"}
        """);

    [Fact]
    public void Tensorflow_alone_is_told_of_no_cluster() =>
        Told(new(TrainingFramework.Tensorflow, [new("worker")]), Train, 0, 2222).ShouldBe("MESH_REPLICA=0\nMESH_RESTART=1\nMESH_ROLE=worker");

    [Fact]
    public void Xgboost_has_a_tracker_and_the_addresses_of_its_workers() => Told(new(TrainingFramework.Xgboost, [new("master"), new("worker", 2)]), Train, 1, 9999, 9991).ShouldBe(
        """
        LOCAL_RANK=0
        LOCAL_WORLD_SIZE=1
        MASTER_ADDR=127.0.0.1
        MASTER_PORT=9999
        MESH_REPLICA=0
        MESH_RESTART=1
        MESH_ROLE=worker
        RANK=1
        WORKER_ADDRS=127.0.0.2,127.0.0.3
        WORKER_PORT=9991
        WORLD_SIZE=3
        """);

    [Fact]
    public void Plain_has_the_ranks_alone() => Told(new(TrainingFramework.Plain, [new("worker", 3)]), Train, 2, 29500).ShouldBe(
        """
        LOCAL_RANK=0
        LOCAL_WORLD_SIZE=1
        MASTER_ADDR=127.0.0.1
        MASTER_PORT=29500
        MESH_REPLICA=2
        MESH_RESTART=1
        MESH_ROLE=worker
        RANK=2
        WORLD_SIZE=3
        """);

    [Fact]
    public void Ranks_of_mpi_without_mpirun_are_told_as_open_mpi_tells_its_own() => Told(
        MpiLaunch.PlanOf(new(TrainingFramework.Mpi, [new("launcher"), new("worker", 2)], ProcessesPerNode: 2), Train, hasMpirun: false), 3, 29500).ShouldBe(
        """
        MASTER_ADDR=127.0.0.1
        MASTER_PORT=29500
        MESH_REPLICA=1
        MESH_RESTART=1
        MESH_ROLE=worker
        OMPI_COMM_WORLD_LOCAL_RANK=1
        OMPI_COMM_WORLD_LOCAL_SIZE=2
        OMPI_COMM_WORLD_NODE_RANK=1
        OMPI_COMM_WORLD_RANK=3
        OMPI_COMM_WORLD_SIZE=4
        """);

    [Fact]
    public void With_mpirun_the_launcher_starts_the_ranks_from_a_hostfile()
    {
        var distributed = new Distribution(TrainingFramework.Mpi, [new("worker", 2)], ProcessesPerNode: 2);
        var plan = MpiLaunch.PlanOf(distributed, Train, hasMpirun: true);
        plan.Replicas.ShouldHaveSingleItem().Command.ShouldBe(["mpirun", "-np", "4", "python3", "train.py"]);
        MpiLaunch.HostsOf(4, forHydra: false).ShouldBe("localhost slots=4\n");
        MpiLaunch.HostsOf(4, forHydra: true).ShouldBe("localhost:4\n");
        var told = MpiLaunch.VariablesOf("/w/hostfile", "/w/hostfile.hydra", 4);
        (told["K_MPI_JOB_ROLE"], told["OMPI_MCA_orte_default_hostfile"], told["OMPI_MCA_orte_set_default_slots"], told["HYDRA_HOST_FILE"], told["I_MPI_HYDRA_HOST_FILE"])
            .ShouldBe(("launcher", "/w/hostfile", "4", "/w/hostfile.hydra", "/w/hostfile.hydra"));
    }

    [Theory]
    [InlineData("mpirun -np 2 a.out", null)]
    [InlineData("a.out", "horovodrun -np 2 a.out")]
    public void A_command_that_starts_the_ranks_itself_is_left_as_it_is(string command, string? launcher)
    {
        var distributed = new Distribution(TrainingFramework.Mpi, [new("launcher", Command: launcher?.Split(' ')), new("worker", 2)]);
        var plan = MpiLaunch.PlanOf(distributed, command.Split(' '), hasMpirun: false);
        plan.Replicas.ShouldHaveSingleItem().Command.ShouldBe((launcher ?? command).Split(' '));
    }

    [Fact]
    public void Processors_and_cores_are_divided_among_the_replicas()
    {
        var plan = GangPlan.Of(new(TrainingFramework.Pytorch, [new("master", 1, new(Cpus: 4, Gpus: 1)), new("worker", 2, new(Cpus: 3, MemoryBytes: 1 << 20, Gpus: 2))], ProcessesPerNode: 2), Train);
        Shared(plan, 0, new(10, null, 5)).ShouldBe(("2", "2", "2", null));
        Shared(plan, 3, new(10, null, 5)).ShouldBe(("5,6", "2", "1.5", "1048576"));
        Shared(plan, 5, new(10, null, 5)).ShouldBe(("8,9", "2", "1.5", "1048576"));
        Shared(GangPlan.Of(new(TrainingFramework.Plain, [new("worker", 4)]), Train), 1, new(Cpus: 8)).ShouldBe(("2,5,6,8,9", "2", "2", null));
    }

    private static (string? Gpus, string? Threads, string? Cpus, string? Memory) Shared(GangPlan plan, int at, JobResources whole)
    {
        var variables = new Dictionary<string, string> { ["CUDA_VISIBLE_DEVICES"] = "2,5,6,8,9" };
        GangShare.Limit(variables, plan, plan.Processes()[at], whole);
        return (variables["CUDA_VISIBLE_DEVICES"], variables.GetValueOrDefault("OMP_NUM_THREADS"), variables.GetValueOrDefault("MESH_CPUS"), variables.GetValueOrDefault("MESH_MEMORY_BYTES"));
    }

    private static string Told(Distribution distributed, IReadOnlyList<string> command, int at, params int[] ports) => Told(GangPlan.Of(distributed, command), at, ports);

    private static string Told(GangPlan plan, int at, params int[] ports)
    {
        GangAddresses.PortsOf(plan).ShouldBe(ports.Length);
        var told = GangContract.Of(plan, plan.Processes()[at], GangAddresses.On(plan, ports), "run", restart: 1);
        return string.Join('\n', told.OrderBy(variable => variable.Key, StringComparer.Ordinal).Select(variable => string.Create(CultureInfo.InvariantCulture, $"{variable.Key}={variable.Value}")));
    }
}
