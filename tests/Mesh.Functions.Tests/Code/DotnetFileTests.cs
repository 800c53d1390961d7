using Mesh.Contracts.Functions;
using Mesh.Functions.Dotnet;

namespace Mesh.Functions.Tests.Code;

/// <summary>Functions that are one file of .NET.</summary>
public sealed class DotnetFileTests(CodeHost mesh) : IClassFixture<CodeHost>
{
    private const string Script = """
        using System.Text.Json;
        using Mesh.Client;

        using var mesh = MeshClient.FromEnvironment();
        var run = RunContext.Current(mesh);
        Console.WriteLine($"{run.Id} {JsonSerializer.Serialize(new { rate = Environment.GetEnvironmentVariable("MESH_PARAM_LR") })} {string.Join(' ', args)}");
        """;

    [Fact]
    public async Task A_file_finds_its_params_and_the_client()
    {
        var job = await mesh.RunAsync(new DefineFunction(FunctionKind.Process, ["dotnet", "run", "train.cs", "--", "fast"], Files: [new("train.cs", Script)]), values: new() { ["lr"] = "0.5" });
        (await mesh.LogAsync(job)).ShouldBe($"{job.Id} {{\"rate\":\"0.5\"}} fast\n");
    }

    [Fact]
    public async Task A_file_that_does_not_compile_fails_with_what_the_compiler_says()
    {
        var job = await mesh.RunAsync(new DefineFunction(FunctionKind.Process, ["dotnet", "run", "train.cs"], Files: [new("train.cs", "Console.Writ(1);")]));
        job.Status.ShouldBe(JobStatus.Failed);
        (await mesh.LogAsync(job)).ShouldContain("CS0117");
    }

    [Theory]
    [InlineData("8.0.100 [/usr/share/dotnet/sdk]", "has 8.0.100.")]
    [InlineData("", "has no SDK.")]
    public async Task A_worker_without_an_sdk_says_so_before_anything_runs(string sdks, string said)
    {
        var (folder, mark) = (mesh.NewFolder(), Path.Combine(mesh.NewFolder(), "mark"));
        var program = Path.Combine(folder, "dotnet");
        await File.WriteAllTextAsync(program, $"#!/bin/sh\nif [ \"$1\" = --list-sdks ]; then echo '{sdks}'; else touch {mark}; fi\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var job = await mesh.RunAsync(new DefineFunction(FunctionKind.Process, ["dotnet", "run", "train.cs"], Files: [new("train.cs", Script)], Environment: new() { ["PATH"] = folder }));
        job.Status.ShouldBe(JobStatus.Failed);
        job.Cause.ShouldBe($"'train.cs' is run by the SDK of .NET 10 or newer, which the worker does not have: {program} {said}");
        File.Exists(mark).ShouldBeFalse();
    }

    [Fact]
    public async Task A_worker_without_dotnet_says_so()
    {
        var job = await mesh.RunAsync(new DefineFunction(FunctionKind.Process, ["dotnet", "run", "train.cs"], Files: [new("train.cs", Script)], Environment: new() { ["PATH"] = mesh.NewFolder() }));
        job.Cause!.ShouldStartWith("'train.cs' is run by the SDK of .NET 10 or newer, which the worker does not have: ");
    }

    [Theory]
    [InlineData("train.cs", "dotnet", "run", "train.cs", "--", "a.cs")]
    [InlineData("train.cs", "dotnet", "run", "--file", "train.cs")]
    [InlineData(null, "dotnet", "run", "--project", "a.csproj")]
    [InlineData(null, "dotnet", "train.dll")]
    [InlineData(null, "python3", "run", "train.cs")]
    public void Only_commands_that_run_a_file_are_such(string? file, params string[] command) => DotnetFile.Of(command).ShouldBe(file);
}
