using System.CommandLine;
using Mesh.Cli.Functions;
using Mesh.Contracts.Functions;

namespace Mesh.Cli.Tests.Functions;

public sealed class SparkOptionsTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void A_file_holds_the_application()
    {
        File.WriteAllText(_file, """{"type": "scala", "mainFile": "local:///opt/count.jar", "mainClass": "org.example.Count", "sparkVersion": "3.5.3", "executor": {"instances": 3}}""");
        var spark = Read($"--spark {_file}");
        (spark!.Type, spark.Executor!.Instances).ShouldBe((SparkType.Scala, 3));
        SparkOptions.Describe(spark).ShouldBe("scala org.example.Count, Spark 3.5.3, executors: 3");
        SparkOptions.Describe(spark with { DynamicAllocation = new(1, 9) }).ShouldBe("scala org.example.Count, Spark 3.5.3, 1 to 9 executors");
    }

    [Fact]
    public void Without_it_there_is_none() => Read("").ShouldBeNull();

    [Fact]
    public void A_file_that_is_no_application_says_why()
    {
        File.WriteAllText(_file, """{"type": "ruby"}""");
        Should.Throw<UsageException>(() => Read($"--spark {_file}")).Message.ShouldContain("is no Spark application");
        Should.Throw<UsageException>(() => Read("--spark nowhere.json")).Message.ShouldBe("There is no file nowhere.json.");
    }

    private static SparkSpec? Read(string arguments)
    {
        var command = new Command("define");
        command.Options.Add(SparkOptions.Document);
        return SparkOptions.Read(new Context(command.Parse(arguments), null!, null!, TestContext.Current.CancellationToken));
    }
}
