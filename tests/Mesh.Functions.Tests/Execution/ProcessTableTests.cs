using System.Text;
using Mesh.Functions.Execution;

namespace Mesh.Functions.Tests.Execution;

/// <summary>What the kernel says of a process.</summary>
public sealed class ProcessTableTests
{
    [Theory]
    [InlineData("(sh) S", 1, false)]
    [InlineData("(a (b) c) R", 1, false)]
    [InlineData("(sh) Z", 1, true)]
    [InlineData("(sh) Z", 2, false)]
    [InlineData("(sh) X", 1, true)]
    public void A_line_is_read_from_its_last_parenthesis(string begin, int threads, bool isDead) =>
        Parse($"4711 {begin} 1 4711 4711 0 -1 4194560 100 0 0 0 3 1 0 0 20 0 {threads} 0 87654321 5000000 300\n").ShouldBe(new ProcessEntry(4711, 1, 4711, 87654321, isDead));

    [Theory]
    [InlineData("")]
    [InlineData("4711 (sh)")]
    [InlineData("4711 (sh) S 1 4711 4711")]
    public void Half_a_line_is_no_process(string line) => Parse(line).ShouldBeNull();

    [Fact]
    public void This_process_is_among_all()
    {
        Assert.SkipUnless(ProcessTable.IsAvailable, "Processes are shown on Linux only.");
        var own = ProcessTable.Find(Environment.ProcessId).ShouldNotBeNull();
        own.IsDead.ShouldBeFalse();
        ProcessTable.Read().ShouldContain(own);
        ProcessTable.Find(int.MaxValue).ShouldBeNull();
    }

    private static ProcessEntry? Parse(string line) => ProcessTable.Parse(4711, Encoding.ASCII.GetBytes(line));
}
