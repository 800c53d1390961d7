using Mesh.Cli.Lifecycle;

namespace Mesh.Cli.Tests.Lifecycle;

public sealed class RunningMeshTests : IDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("mesh-cli-").FullName;

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact]
    public void A_mesh_that_holds_its_folder_is_running()
    {
        WriteState(Environment.ProcessId);
        using var held = new FileStream(Path.Combine(_data, ".lock"), FileMode.Create, FileAccess.ReadWrite, FileShare.None);

        RunningMesh.Read(_data).ShouldNotBeNull().Address.ShouldBe("http://127.0.0.1:7070");
    }

    [Fact]
    public void A_killed_mesh_is_not_running_even_when_its_process_id_lives_on()
    {
        WriteState(Environment.ProcessId);
        File.WriteAllText(Path.Combine(_data, ".lock"), "");

        RunningMesh.Read(_data).ShouldBeNull();
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"pid\":")]
    public void A_state_file_cut_short_is_no_running_mesh(string text)
    {
        File.WriteAllText(Path.Combine(_data, "mesh.json"), text);

        RunningMesh.Read(_data).ShouldBeNull();
    }

    [Fact]
    public void Nothing_runs_on_a_folder_that_is_not_there() => RunningMesh.Read(Path.Combine(_data, "none")).ShouldBeNull();

    private void WriteState(int pid) => File.WriteAllText(Path.Combine(_data, "mesh.json"), $$"""
        {"pid":{{pid}},"address":"http://127.0.0.1:7070","shape":"one-process","postgresPort":"5432","startedAt":"2026-01-01T00:00:00Z","ready":true,"processes":[]}
        """);
}
