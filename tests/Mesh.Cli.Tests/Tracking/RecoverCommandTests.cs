using System.Text.Json;

namespace Mesh.Cli.Tests.Tracking;

/// <summary><c>mesh runs recover</c>: what a script left behind, sent by the command.</summary>
public sealed class RecoverCommandTests
{
    private static readonly Guid Run = Guid.Parse("0193a1c0-0000-7000-8000-00000000000a");
    private static readonly string Metrics = $"POST runs/{Run}/metrics";

    [Fact]
    public async Task Nothing_is_said_to_be_nothing()
    {
        await using var mesh = await StubMesh.StartAsync();
        (await mesh.RunAsync("runs", "recover")).ShouldSatisfyAllConditions(r => r.Code.ShouldBe(0), r => r.Error.ShouldContain("Nothing was left behind"));
        var (code, output, _) = await mesh.RunAsync("runs", "recover", "--json");
        (code, output.Trim()).ShouldBe((0, "[]"));
    }

    [Fact]
    public async Task What_was_left_is_shown_and_then_sent()
    {
        await using var mesh = (await StubMesh.StartAsync()).OnText(Metrics, "", "text/plain", 503);
        (await mesh.LogAsync(Run, 7)).Code.ShouldBe(0);
        var (code, output, _) = await mesh.RunAsync("runs", "recover", "--dry-run", "--json");
        code.ShouldBe(0);
        var found = JsonDocument.Parse(output).RootElement.EnumerateArray().ShouldHaveSingleItem();
        (found.GetProperty("run").GetGuid(), found.GetProperty("project").GetString(), found.GetProperty("outcome").GetString(), found.GetProperty("points").GetInt64())
            .ShouldBe((Run, "demo", "waiting", 7));

        (await mesh.RunAsync("runs", "recover")).Code.ShouldBe(1);
        mesh.OnText(Metrics, "", "text/plain", 204);
        (code, output, _) = await mesh.RunAsync("runs", "recover");
        code.ShouldBe(0);
        output.ShouldContain("sent");
        mesh.Requests.Last(r => r.Request == Metrics).Body.Split("\"name\":\"loss\"").Length.ShouldBe(8);
        Directory.GetFiles(mesh.Spool).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_refused_makes_it_fail_and_is_kept()
    {
        await using var mesh = (await StubMesh.StartAsync()).OnText(Metrics, "", "text/plain", 503);
        (await mesh.LogAsync(Run, 7)).Code.ShouldBe(0);
        mesh.OnText(Metrics, """{"type":"urn:mesh:error:run.closed","title":"Conflict","status":409,"code":"run.closed","detail":"The run has ended."}""", "application/problem+json", 409);
        var (code, output, _) = await mesh.RunAsync("runs", "recover");
        code.ShouldBe(1);
        output.ShouldContain("refused");
        output.ShouldContain("The run has ended.");
        Directory.GetFiles(mesh.Spool).ShouldHaveSingleItem().ShouldEndWith(".refused");
    }
}
