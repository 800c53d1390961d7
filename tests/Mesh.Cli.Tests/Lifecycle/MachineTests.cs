using Mesh.Cli.Lifecycle;

namespace Mesh.Cli.Tests.Lifecycle;

public sealed class MachineTests
{
    private static readonly Machine Complete = new("8.0.404 [/usr/share/dotnet/sdk]\n10.0.401 [/usr/share/dotnet/sdk]", "18.4", "v22.1.0", "10.9.2", "Python 3.11.2", "3.10.8");

    private static string[] Missing(Machine machine) => [.. machine.Judge().Where(finding => finding is { Needed: true, Ok: false }).Select(finding => finding.What.Split(' ')[0])];

    [Fact]
    public void Nothing_is_missing_where_all_is_there()
    {
        Complete.Judge().ShouldAllBe(finding => finding.Ok);
        Complete.Judge()[0].Found.ShouldBe("10.0.401");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("8.0.404 [/usr/share/dotnet/sdk]")]
    [InlineData("9.0.100-rc.1 [/usr/share/dotnet/sdk]")]
    public void An_older_SDK_or_none_is_not_enough(string? sdks) => Missing(Complete with { Sdks = sdks }).ShouldBe([".NET"]);

    [Theory]
    [InlineData("v12.22.9", "8.5.1")]
    [InlineData("v22.1.0", null)]
    [InlineData(null, null)]
    public void Without_Node_and_npm_PostgreSQL_on_the_machine_is_enough(string? node, string? npm)
    {
        var machine = Complete with { Node = node, Npm = npm };

        Missing(machine).ShouldBeEmpty();
        machine.Judge().Single(finding => finding.What.StartsWith("Node", StringComparison.Ordinal)).Ok.ShouldBeFalse();
        Missing(machine with { Postgres = null }).ShouldBe(["PostgreSQL", "Node.js"]);
    }

    [Fact]
    public void With_npm_PostgreSQL_need_not_be_on_the_machine() => Missing(Complete with { Postgres = null }).ShouldBeEmpty();

    [Fact]
    public void Python_and_RabbitMQ_can_be_missing() => Missing(Complete with { Python = null, RabbitMq = null }).ShouldBeEmpty();

    [Fact]
    public void What_is_missing_comes_with_how_to_get_it() =>
        new Machine(null, null, null, null, null, null).Judge().ShouldAllBe(finding => !finding.Ok && finding.Found == "not found" && finding.Remedy != null);
}
