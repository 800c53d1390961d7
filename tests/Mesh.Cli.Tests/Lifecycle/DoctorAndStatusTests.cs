using System.Diagnostics;
using System.Runtime.Versioning;
using System.Text.Json;
using Mesh.Testing;

namespace Mesh.Cli.Tests.Lifecycle;

/// <summary>What <c>mesh doctor</c> and <c>mesh status</c> say to scripts.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class DoctorAndStatusTests : IDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("mesh-cli-").FullName;

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact]
    public async Task A_program_that_is_too_old_does_not_count_and_what_is_needed_decides_the_exit_code()
    {
        Fake("node", "v12.22.9");
        Fake("npm", "8.5.1");

        var (code, output, _) = await RunAsync("doctor", "--json");

        using var findings = JsonDocument.Parse(output);
        var node = findings.RootElement.EnumerateArray().Single(finding => finding.GetProperty("what").GetString()!.StartsWith("Node", StringComparison.Ordinal));
        (node.GetProperty("ok").GetBoolean(), node.GetProperty("found").GetString()).ShouldBe((false, "12.22.9"));
        node.GetProperty("remedy").GetString().ShouldNotBeNullOrEmpty();
        var missing = findings.RootElement.EnumerateArray().Any(finding => finding.GetProperty("needed").GetBoolean() && !finding.GetProperty("ok").GetBoolean());
        code.ShouldBe(missing ? 1 : 0);
    }

    [Fact]
    public async Task A_machine_that_can_get_PostgreSQL_by_npm_passes()
    {
        Fake("node", "v22.1.0");
        Fake("npm", "10.9.2");

        (await RunAsync("doctor")).Code.ShouldBe(0);
    }

    [Fact]
    public async Task A_mesh_that_runs_but_is_not_ready_exits_with_1_and_says_so()
    {
        var address = $"http://127.0.0.1:{ServiceHost.FreePort()}";
        await File.WriteAllTextAsync(Path.Combine(_data, "mesh.json"), $$"""
            {"pid":{{Environment.ProcessId}},"address":"{{address}}","shape":"separate","postgresPort":"5432","startedAt":"2026-01-01T00:00:00Z","ready":false,"processes":[]}
            """, TestContext.Current.CancellationToken);
        await using var held = new FileStream(Path.Combine(_data, ".lock"), FileMode.Create, FileAccess.ReadWrite, FileShare.None);

        var (code, _, error) = await RunAsync("status");
        code.ShouldBe(1);
        error.ShouldContain("not ready");

        var (codeForScripts, output, _) = await RunAsync("status", "--json");
        codeForScripts.ShouldBe(1);
        using var state = JsonDocument.Parse(output);
        (state.RootElement.GetProperty("running").GetBoolean(), state.RootElement.GetProperty("ready").GetBoolean()).ShouldBe((true, false));
    }

    private void Fake(string program, string says)
    {
        var path = Path.Combine(Directory.CreateDirectory(Path.Combine(_data, "bin")).FullName, program);
        File.WriteAllText(path, $"#!/bin/sh\necho '{says}'\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, [typeof(MeshCommand).Assembly.Location, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var name in (string[])["MESH_API", "MESH_TOKEN", "MESH_PROJECT"]) start.Environment.Remove(name);
        start.Environment["MESH_DATA"] = _data;
        start.Environment["PATH"] = Path.Combine(_data, "bin");
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await error);
    }
}
