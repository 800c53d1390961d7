using System.Runtime.Versioning;
using Mesh.Testing;

namespace Mesh.Local.Tests.Running;

/// <summary><c>mesh up</c> as it is typed.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class UpCommandTests : IDisposable
{
    private readonly string _data = Path.Combine(LocalRun.NewData(), "data");
    private readonly string _port = $"{FreePorts.OfMesh()}";

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_data)!, recursive: true);

    [Fact]
    public async Task In_the_foreground_the_command_becomes_the_mesh()
    {
        await using var up = LocalRun.Command("up", "--data", _data, "--port", _port);

        // The state file names the process that is the mesh: this one.
        await up.ReadyAsync(_data);

        await up.SignalAsync("INT");
        var (code, output, error) = await up.EndAsync();
        output.ShouldContain("Mesh is ready");
        (code, error).ShouldBe((0, ""));
    }

    [Fact]
    public async Task Detached_it_returns_when_the_mesh_is_ready_and_its_logs_are_closed_to_others()
    {
        await using (var up = LocalRun.Command("up", "--detach", "--data", _data, "--port", _port))
        {
            var (code, _, error) = await up.EndAsync();
            code.ShouldBe(0, error);
        }

        using var http = new HttpClient();
        (await http.GetAsync($"http://127.0.0.1:{_port}/health/ready", TestContext.Current.CancellationToken)).IsSuccessStatusCode.ShouldBeTrue();
        File.GetUnixFileMode(Path.Combine(_data, "logs")).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        (File.GetUnixFileMode(_data) & (UnixFileMode.GroupRead | UnixFileMode.OtherRead)).ShouldBe(UnixFileMode.None);
        await using var down = LocalRun.Command("down", "--data", _data);
        (await down.EndAsync()).Code.ShouldBe(0);
    }

    [Theory]
    [InlineData("--postgres", "garbage")]
    [InlineData("--listen", "127.0.0.l")]
    [InlineData("--rabbitmq", "amqp://guest:guest@127.0.0.1:5672")]
    public async Task A_wrong_argument_exits_with_2_in_the_foreground_and_detached(params string[] arguments)
    {
        foreach (var how in (string[][])[[], ["--detach"]])
        {
            await using var up = LocalRun.Command(["up", "--data", _data, "--port", _port, .. arguments, .. how]);

            var (code, output, error) = await up.EndAsync();

            (code, output).ShouldBe((2, ""));
            error.ShouldContain($"{arguments[0]} ");
            error.ShouldNotContain("   at ");
        }
    }

    [Fact]
    public async Task An_empty_data_folder_exits_with_2()
    {
        await using var up = LocalRun.Command("up", "--data", "");

        var (code, _, error) = await up.EndAsync();

        code.ShouldBe(2);
        error.ShouldContain("--data takes a folder");
        error.ShouldNotContain("   at ");
    }

    [Fact]
    public async Task Who_gives_up_waiting_for_a_detached_mesh_gives_up_the_mesh()
    {
        await using var up = LocalRun.Command("up", "--detach", "--data", _data, "--port", _port);
        var log = Path.Combine(_data, "logs", "mesh.log");
        await Eventually.Holds(() => File.ReadAllText(log).ShouldContain("PostgreSQL"));

        await up.SignalAsync("INT");

        (await up.EndAsync()).Code.ShouldBe(130);
        // The lock on its folder ends with the mesh.
        await Eventually.Holds(() => new FileStream(Path.Combine(_data, ".lock"), FileMode.Open, FileAccess.ReadWrite, FileShare.None).Dispose());
        File.Exists(Path.Combine(_data, "mesh.json")).ShouldBeFalse();
    }
}
