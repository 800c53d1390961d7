using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.Json;
using Mesh.Contracts;
using Mesh.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Mesh.Cli.Tests.Tracking;

/// <summary>Answers what it was told to, so that what the command prints is the same each time.</summary>
internal sealed class StubMesh : IAsyncDisposable
{
    private readonly Dictionary<string, (int Status, string Type, string Body)> _answers = new(StringComparer.Ordinal);
    private readonly HashSet<string> _open = new(StringComparer.Ordinal);
    private readonly string _data = Directory.CreateTempSubdirectory("mesh-cli-").FullName;
    private readonly string _address = $"http://127.0.0.1:{FreePorts.One()}";
    private readonly WebApplication _app;

    private StubMesh()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        _app = builder.Build();
        _app.Urls.Add(_address);
        _app.Run(AnswerAsync);
    }

    /// <summary>The requests that came: method, path below the project and query, and body.</summary>
    public ConcurrentQueue<(string Request, string Body)> Requests { get; } = [];

    public static async Task<StubMesh> StartAsync()
    {
        var stub = new StubMesh();
        await stub._app.StartAsync();
        return stub;
    }

    /// <summary>Tells the answer to a request, such as <c>GET runs?limit=20</c>, or <c>GET runs?*</c> for any query.</summary>
    public StubMesh On<T>(string request, T body, int status = 200) => OnText(request, JsonSerializer.Serialize(body, MeshJson.Strict), "application/json", status);

    /// <summary>Tells the answer to a request as it stands.</summary>
    public StubMesh OnText(string request, string body, string type, int status = 200)
    {
        _answers[request] = (status, type, body);
        return this;
    }

    /// <summary>Tells the beginning of an answer that never ends.</summary>
    public StubMesh OnOpen(string request, string body, string type)
    {
        _open.Add(request);
        return OnText(request, body, type);
    }

    /// <summary>Where metrics wait for it.</summary>
    public string Spool => Path.Combine(_data, "spool");

    /// <summary>Runs the command against it.</summary>
    public Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments) =>
        RunAsync(typeof(MeshCommand).Assembly, Arguments(arguments), new());

    /// <summary>Runs the command against it, and interrupts it as Ctrl+C does once it has printed a text.</summary>
    public async Task<(int Code, string Output, string Error)> InterruptedAsync(string printed, params string[] arguments)
    {
        using var process = Process.Start(Start(typeof(MeshCommand).Assembly, Arguments(arguments), new()))!;
        var error = process.StandardError.ReadToEndAsync();
        var output = "";
        while (!output.Contains(printed, StringComparison.Ordinal))
            output += await process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(30)) is { } line ? line + "\n" : throw new InvalidOperationException(await error);
        using (var kill = Process.Start("kill", ["-INT", process.Id.ToString(CultureInfo.InvariantCulture)])) await kill.WaitForExitAsync();
        output += await process.StandardOutput.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(30));
        await process.WaitForExitAsync();
        return (process.ExitCode, output, await error);
    }

    /// <summary>Runs the command against it on a terminal of 120 columns and 30 lines.</summary>
    public async Task<(int Code, string Output)> OnTerminalAsync(params string[] arguments)
    {
        var command = string.Join(' ', ((string[])["stty", "cols", "120", "rows", "30;", "exec", "dotnet", typeof(MeshCommand).Assembly.Location, .. Arguments(arguments)]));
        var start = Start(typeof(MeshCommand).Assembly, [], new() { ["TERM"] = "xterm-256color" });
        (start.FileName, start.RedirectStandardInput) = ("script", true);
        start.ArgumentList.Clear();
        foreach (var argument in (string[])["-qec", command, "/dev/null"]) start.ArgumentList.Add(argument);
        // On a machine that builds, nothing is drawn for people.
        foreach (var name in start.Environment.Keys.Where(name => name is "CI" or "NO_COLOR" || name.EndsWith("_CI", StringComparison.Ordinal)).ToList()) start.Environment.Remove(name);
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output);
    }

    /// <summary>Runs a script that logs so many values to a run and returns at once.</summary>
    public Task<(int Code, string Output, string Error)> LogAsync(Guid run, int count) => RunAsync(
        typeof(Client.Script.Program).Assembly, [count.ToString(CultureInfo.InvariantCulture), "return"], new() { ["MESH_API"] = _address, ["MESH_PROJECT"] = "demo", ["MESH_RUN_ID"] = $"{run}" });

    private string[] Arguments(string[] arguments) => [.. arguments, "--api", _address, "-P", "demo"];

    private async Task<(int Code, string Output, string Error)> RunAsync(Assembly program, string[] arguments, Dictionary<string, string> environment)
    {
        using var process = Process.Start(Start(program, arguments, environment))!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await error);
    }

    private ProcessStartInfo Start(Assembly program, string[] arguments, Dictionary<string, string> environment)
    {
        var start = new ProcessStartInfo("dotnet", [program.Location, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        foreach (var name in (string[])["MESH_API", "MESH_TOKEN", "MESH_PROJECT"]) start.Environment.Remove(name);
        (start.Environment["MESH_DATA"], start.Environment["MESH_SPOOL"], start.Environment["TZ"], start.Environment["LC_ALL"]) = (_data, Spool, "UTC", "C.UTF-8");
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return start;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }

    private async Task AnswerAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var body = await reader.ReadToEndAsync();
        var request = $"{context.Request.Method} {Uri.UnescapeDataString($"{context.Request.Path}{context.Request.QueryString}").Replace("/api/v1/projects/demo/", "", StringComparison.Ordinal)}";
        Requests.Enqueue((request, body));
        if (!_answers.TryGetValue(request, out var answer) && !_answers.TryGetValue($"{request.Split('?')[0]}?*", out answer))
        {
            var problem = new Problem { Type = "urn:mesh:error:run.unknown", Title = "Not Found", Status = 404, Code = "run.unknown", Detail = $"Nothing is told for {request}." };
            answer = (404, "application/problem+json", JsonSerializer.Serialize(problem, MeshJson.Strict));
        }

        context.Response.StatusCode = answer.Status;
        context.Response.ContentType = answer.Type;
        await context.Response.WriteAsync(answer.Body);
        if (!_open.Contains(request)) return;
        await context.Response.Body.FlushAsync();
        await Task.Delay(Timeout.Infinite, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
