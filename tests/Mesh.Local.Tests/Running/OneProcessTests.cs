using System.Runtime.Versioning;
using Mesh.Testing;

namespace Mesh.Local.Tests.Running;

/// <summary>The laptop shape, open to the network, on a folder whose parts were open to other users.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class OneProcessTests(OneProcessTests.Mesh mesh) : IClassFixture<OneProcessTests.Mesh>
{
    private const UnixFileMode Own = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    [Fact]
    public async Task Open_to_the_network_it_is_still_told_by_its_loopback_address()
    {
        var address = LocalRun.State(mesh.Data).GetProperty("address").GetString();

        address.ShouldBe($"http://127.0.0.1:{mesh.Port}");
        using var http = new HttpClient();
        (await http.GetAsync($"{address}/health/ready", TestContext.Current.CancellationToken)).EnsureSuccessStatusCode();
    }

    [Fact]
    public async Task A_second_start_on_its_folder_is_refused_and_leaves_it_alone()
    {
        var before = await File.ReadAllTextAsync(Path.Combine(mesh.Data, "mesh.json"), TestContext.Current.CancellationToken);

        var (code, _, error) = await LocalRun.ToEndAsync("--data", mesh.Data, "--port", $"{FreePorts.OfMesh()}");

        code.ShouldBe(1);
        error.ShouldContain("is running on");
        (await File.ReadAllTextAsync(Path.Combine(mesh.Data, "mesh.json"), TestContext.Current.CancellationToken)).ShouldBe(before);
    }

    [Theory]
    [InlineData("files")]
    [InlineData("logs")]
    [InlineData("keys")]
    public void Its_folders_are_closed_to_other_users(string folder) => File.GetUnixFileMode(Path.Combine(mesh.Data, folder)).ShouldBe(Own);

    [Fact]
    public async Task A_stop_ends_it_with_0_and_removes_its_state_file()
    {
        var data = LocalRun.NewData();
        await using var run = LocalRun.Start("--data", data, "--port", $"{FreePorts.OfMesh()}");
        await run.ReadyAsync(data);

        await run.SignalAsync("INT");

        var (code, _, error) = await run.EndAsync();
        (code, error).ShouldBe((0, ""));
        File.Exists(Path.Combine(data, "mesh.json")).ShouldBeFalse();
        Directory.Delete(data, recursive: true);
    }

    [Fact]
    public async Task A_stop_before_it_is_ready_ends_it_with_130()
    {
        var data = LocalRun.NewData();
        await using var run = LocalRun.Start("--data", data, "--port", $"{FreePorts.OfMesh()}");
        await Eventually.Holds(() => Directory.Exists(Path.Combine(data, "postgres", "cluster")).ShouldBeTrue());

        await run.SignalAsync("INT");

        var (code, output, error) = await run.EndAsync();
        (code, error).ShouldBe((130, ""));
        output.ShouldNotContain("ready");
        Directory.Delete(data, recursive: true);
    }

    public sealed class Mesh : IAsyncLifetime
    {
        private LocalRun? _run;

        public string Data { get; } = LocalRun.NewData();

        public int Port { get; } = FreePorts.OfMesh();

        public async ValueTask InitializeAsync()
        {
            foreach (var folder in (string[])["files", "logs"])
                Directory.CreateDirectory(Path.Combine(Data, folder), Own | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
            _run = LocalRun.Start("--data", Data, "--port", $"{Port}", "--listen", "0.0.0.0");
            await _run.ReadyAsync(Data);
        }

        public async ValueTask DisposeAsync()
        {
            if (_run is not null) await _run.DisposeAsync();
            Directory.Delete(Data, recursive: true);
        }
    }
}
