using System.CommandLine;
using System.Text.Json;
using Mesh.Cli.Functions;
using Mesh.Contracts;
using Mesh.Contracts.Functions;

namespace Mesh.Cli.Tests.Functions;

public sealed class DistributedOptionsTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void Options_make_a_definition() => Json(Read("--framework pytorch --replicas worker=2 --processes-per-node 4 --elastic 1:3 --restarts 2 --success leader")).ShouldBe(
        """{"framework":"pytorch","roles":[{"name":"worker","replicas":2}],"processesPerNode":4,"elastic":{"min":1,"max":3},"maxRestarts":2,"success":"leader"}""");

    [Fact]
    public void Replicas_alone_are_of_plain_programs() =>
        Json(Read("--replicas master=1 --replicas worker=3")).ShouldBe("""{"framework":"plain","roles":[{"name":"master","replicas":1},{"name":"worker","replicas":3}]}""");

    [Fact]
    public void Without_them_there_is_one_process() => Read("").ShouldBeNull();

    [Fact]
    public void A_file_holds_resources_and_commands_of_roles()
    {
        File.WriteAllText(_file, """{"framework": "xgboost", "roles": [{"name": "master", "command": ["python3", "track.py"]}, {"name": "worker", "replicas": 2, "resources": {"cpus": 2}}]}""");
        var read = Read($"--distributed {_file}");
        read!.Roles.Select(role => role.Replicas).ShouldBe([1, 2]);
        read.Roles[0].Command.ShouldBe(["python3", "track.py"]);
        read.Roles[1].Resources.ShouldBe(new JobResources(Cpus: 2));
    }

    [Fact]
    public void A_file_that_is_no_definition_says_why()
    {
        File.WriteAllText(_file, """{"framework": "pytorch", "workers": 2}""");
        Should.Throw<UsageException>(() => Read($"--distributed {_file}")).Message.ShouldContain("is no definition of a distributed function");
    }

    [Fact]
    public void A_line_tells_it() => DistributedOptions.Describe(new Distribution(TrainingFramework.Pytorch, [new ReplicaRole("worker", 2)], 4, new ElasticRange(1, 3)))
        .ShouldBe("pytorch: 2 worker, 4 processes each, 1 to 3 workers");

    private static string Json(Distribution? distributed) => JsonSerializer.Serialize(distributed, MeshJson.Strict);

    private static Distribution? Read(string arguments)
    {
        var command = new Command("define");
        foreach (var option in DistributedOptions.All) command.Options.Add((Option)option);
        return DistributedOptions.Read(new Context(command.Parse(arguments), null!, null!, TestContext.Current.CancellationToken));
    }
}
