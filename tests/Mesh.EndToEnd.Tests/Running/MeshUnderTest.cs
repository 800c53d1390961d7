using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Mesh.Client;
using Mesh.Testing;

namespace Mesh.EndToEnd.Tests.Running;

/// <summary>A mesh started as a user would start it, in either shape, on a data folder of its own, whose processes can be killed.</summary>
public sealed class MeshUnderTest : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private readonly IReadOnlyList<string> _arguments;
    private readonly List<string> _output = [];
    private Process? _process;

    private MeshUnderTest(string data, int port, IReadOnlyList<string> arguments) => (Data, Port, _arguments) = (data, port, arguments);

    /// <summary>Its data folder.</summary>
    public string Data { get; }

    /// <summary>Port of its gateway.</summary>
    public int Port { get; }

    /// <summary>Address of its gateway.</summary>
    public Uri Address => new($"http://127.0.0.1:{Port}");

    /// <summary>Process id of its main process.</summary>
    public int Pid => _process!.Id;

    /// <summary>Starts everything in one process.</summary>
    public static Task<MeshUnderTest> OneProcessAsync() => StartAsync(FreePorts.OfMesh(), []);

    /// <summary>Starts each service as its own process.</summary>
    /// <param name="rabbitMq">AMQP address.</param>
    public static Task<MeshUnderTest> SeparateAsync(Uri rabbitMq) => StartAsync(FreePorts.OfMesh(), ["--separate", "--rabbitmq", rabbitMq.ToString()]);

    /// <summary>A client with the first administrator's token.</summary>
    public MeshClient Client(TimeSpan? retryFor = null, string? project = null) => new(new MeshClientOptions
    {
        Api = Address,
        Token = File.ReadAllText(Path.Combine(Data, "admin.token")).Trim(),
        Project = project,
        RetryFor = retryFor ?? TimeSpan.FromSeconds(30),
        Timeout = TimeSpan.FromSeconds(20),
    });

    /// <summary>Process id of a service, or of the gateway.</summary>
    public int PidOf(string name) => State().GetProperty("processes").EnumerateArray().Single(p => p.GetProperty("name").GetString() == name).GetProperty("pid").GetInt32();

    /// <summary>Address of a service behind the gateway.</summary>
    public Uri AddressOf(string name) => new(State().GetProperty("processes").EnumerateArray().Single(p => p.GetProperty("name").GetString() == name).GetProperty("address").GetString()!);

    /// <summary>Kills a service with SIGKILL and waits until its successor is ready.</summary>
    public async Task KillAsync(string name)
    {
        var pid = PidOf(name);
        Kill(pid);
        await Eventually.Holds(() => Task.FromResult(PidOf(name) != pid), Patience);
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(2) };
        await Eventually.Holds(async () => (await http.GetAsync(new Uri(AddressOf(name), "/health/ready"))).EnsureSuccessStatusCode(), Patience);
    }

    /// <summary>Kills the main process with SIGKILL.</summary>
    public async Task KillMainAsync()
    {
        Kill(Pid);
        await _process!.WaitForExitAsync();
    }

    /// <summary>Kills PostgreSQL's main process with SIGKILL; its keeper starts it again.</summary>
    public async Task KillPostgresAsync()
    {
        var pid = PostgresPid();
        Kill(pid);
        await Eventually.Holds(() => Task.FromResult(PostgresPid() != pid), Patience);
    }

    /// <summary>Starts the main process (again) and waits until the gateway is ready.</summary>
    public async Task StartAsync()
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        foreach (var argument in (string[])[Binary("Mesh.Local"), "--data", Data, "--port", Port.ToString(CultureInfo.InvariantCulture), .. _arguments])
            start.ArgumentList.Add(argument);
        _process = Process.Start(start)!;
        _process.OutputDataReceived += Keep;
        _process.ErrorDataReceived += Keep;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(2) };
        try
        {
            await Eventually.Holds(async () =>
            {
                if (_process.HasExited) throw new InvalidOperationException("it ended");
                State().GetProperty("ready").GetBoolean().ShouldBeTrue();
                (await http.GetAsync(new Uri(Address, "/health/ready"))).EnsureSuccessStatusCode();
            }, Patience);
        }
        catch (TimeoutException e)
        {
            throw new InvalidOperationException($"The mesh did not start. It said:\n{Said()}", e);
        }
    }

    /// <summary>What its processes have said.</summary>
    public string Said()
    {
        lock (_output)
        {
            var logs = Path.Combine(Data, "logs");
            var files = Directory.Exists(logs) ? Directory.GetFiles(logs, "*.log").Select(f => $"--- {Path.GetFileName(f)}\n{string.Join('\n', File.ReadLines(f).TakeLast(40))}") : [];
            return string.Join('\n', _output.TakeLast(60).Concat(files));
        }
    }

    /// <summary>The path of a program of the mesh, from the same build as this test.</summary>
    public static string Binary(string project, string? file = null)
    {
        var bin = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd('/'));
        return Path.Combine(bin.Parent!.Parent!.FullName, project, bin.Name, $"{file ?? project}.dll");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            using var kill = Process.Start("kill", ["-TERM", Pid.ToString(CultureInfo.InvariantCulture)]);
            await kill.WaitForExitAsync();
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            try
            {
                await _process.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                _process.Kill(entireProcessTree: true);
            }
        }

        _process?.Dispose();
        if (Environment.GetEnvironmentVariable("MESH_TEST_KEEP") is null) Directory.Delete(Data, recursive: true);
    }

    private static async Task<MeshUnderTest> StartAsync(int port, IReadOnlyList<string> arguments)
    {
        var data = Directory.CreateTempSubdirectory("mesh-e2e-").FullName;
        // PostgreSQL runs as another user when this runs as root, and must be able to pass.
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(data, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        var mesh = new MeshUnderTest(data, port, arguments);
        try
        {
            await mesh.StartAsync();
            return mesh;
        }
        catch
        {
            await mesh.DisposeAsync();
            throw;
        }
    }

    private JsonElement State() => JsonDocument.Parse(File.ReadAllText(Path.Combine(Data, "mesh.json"))).RootElement;

    private int PostgresPid()
    {
        var path = Directory.GetFiles(Path.Combine(Data, "postgres"), "postmaster.pid", SearchOption.AllDirectories).FirstOrDefault();
        return path is null ? 0 : int.Parse(File.ReadLines(path).First(), CultureInfo.InvariantCulture);
    }

    private static void Kill(int pid)
    {
        using var kill = Process.Start("kill", ["-KILL", pid.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    private void Keep(object sender, DataReceivedEventArgs e)
    {
        if (e.Data is null) return;
        lock (_output) _output.Add(e.Data);
    }
}
