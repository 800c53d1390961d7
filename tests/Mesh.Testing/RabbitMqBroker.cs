using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;

namespace Mesh.Testing;

/// <summary>
/// A RabbitMQ of our own, from the machine's <c>rabbitmq-server</c>, on free loopback ports, with its own node name and data folder. It can be stopped,
/// killed and started again on the same ports and data. It ends with this process, however that ends.
/// </summary>
public sealed class RabbitMqBroker : IAsyncDisposable
{
    // The shell outlives a killed test process just long enough to end the broker, and the port mapper that Erlang starts beside it.
    private const string Script = """
        "$1" </dev/null >"$2/console.log" 2>&1 &
        broker=$!
        echo $broker
        while read -r _; do :; done
        kill -9 $broker 2>/dev/null
        for try in 1 2 3 4 5; do "$3" -kill >/dev/null 2>&1 && break; sleep 0.3; done
        """;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly string _folder;
    private readonly string _program;
    private readonly int _port = FreePorts.Lasting(4);
    private Process? _shell;
    private int _pid;

    private RabbitMqBroker(string folder, string program) => (_folder, _program) = (folder, program);

    private int ApiPort => _port + 1;

    private int DistributionPort => _port + 2;

    private int MapperPort => _port + 3;

    /// <summary>AMQP URI of its administrator, on the default virtual host.</summary>
    public Uri Address => new($"amqp://guest:guest@127.0.0.1:{_port}");

    /// <summary>Base address of its management API.</summary>
    public Uri Api => new($"http://127.0.0.1:{ApiPort}/api/");

    /// <summary>Starts a new broker.</summary>
    /// <param name="folder">Its folder, emptied when the broker is disposed; null: one below the machine's temporary folder.</param>
    /// <param name="ct">Gives up.</param>
    public static async Task<RabbitMqBroker> LaunchAsync(string? folder = null, CancellationToken ct = default)
    {
        var broker = new RabbitMqBroker(folder ?? TestServers.Folder("rabbitmq-" + Guid.CreateVersion7().ToString("N")), FindProgram());
        await broker.StartAsync(ct);
        return broker;
    }

    /// <summary>Starts it again after <see cref="StopAsync"/> or <see cref="KillAsync"/>, and waits until it takes connections.</summary>
    public async Task StartAsync(CancellationToken ct = default)
    {
        Directory.CreateDirectory(_folder);
        await File.WriteAllTextAsync(Path.Combine(_folder, "enabled_plugins"), "[rabbitmq_management].\n", ct);
        await File.WriteAllTextAsync(Path.Combine(_folder, "rabbitmq.conf"), Configuration(), ct);
        // A session of its own: who kills our whole process group must not kill the shell that cleans up with it.
        string[] session = File.Exists("/usr/bin/setsid") ? ["/usr/bin/setsid", "/bin/sh"] : ["/bin/sh"];
        var start = new ProcessStartInfo(session[0], [.. session[1..], "-c", Script, "mesh-test-rabbitmq", _program, _folder, "epmd"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            WorkingDirectory = _folder,
        };
        foreach (var (name, value) in Settings())
        {
            start.Environment[name] = value;
        }

        _shell = Process.Start(start) ?? throw new InvalidOperationException("The shell did not start.");
        _pid = int.Parse((await _shell.StandardOutput.ReadLineAsync(ct))!, CultureInfo.InvariantCulture);
        using var http = Http(Address, Api);
        try
        {
            await Eventually.Holds(async () => await TakesConnectionsAsync(http, ct), Patience, ct);
        }
        catch (TimeoutException e)
        {
            var console = await File.ReadAllTextAsync(Path.Combine(_folder, "console.log"), ct);
            throw new InvalidOperationException($"RabbitMQ did not start within {Patience.TotalSeconds} s. It said:\n{console}", e);
        }
    }

    /// <summary>Ends it in good order; what is durable stays.</summary>
    public Task StopAsync(CancellationToken ct = default) => EndAsync("-TERM", ct);

    /// <summary>Ends it as a crash would.</summary>
    public Task KillAsync(CancellationToken ct = default) => EndAsync("-KILL", ct);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        TestServers.Remove(_folder);
    }

    /// <summary>A client of a broker's management API, with the credentials of its AMQP URI.</summary>
    internal static HttpClient Http(Uri broker, Uri api)
    {
        var login = Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(broker.UserInfo)));
        return new HttpClient { BaseAddress = api, DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Basic", login) } };
    }

    private async Task EndAsync(string signal, CancellationToken ct)
    {
        if (_shell is null)
        {
            return;
        }

        using (var kill = Process.Start("/bin/kill", [signal, _pid.ToString(CultureInfo.InvariantCulture)]))
        {
            await kill.WaitForExitAsync(ct);
        }

        await Eventually.Holds(() => Task.FromResult(!IsListening(_port) && !IsRunning(_pid)), Patience, ct);
        _shell.StandardInput.Close();
        await _shell.WaitForExitAsync(ct);
        _shell.Dispose();
        _shell = null;
    }

    private async Task<bool> TakesConnectionsAsync(HttpClient http, CancellationToken ct)
    {
        if (_shell!.HasExited || !IsRunning(_pid))
        {
            throw new InvalidOperationException("it ended");
        }

        using var overview = await http.GetAsync("overview", ct);
        return overview.IsSuccessStatusCode && IsListening(_port);
    }

    private Dictionary<string, string> Settings() => new()
    {
        ["RABBITMQ_NODENAME"] = $"mesh-test-{_port}@localhost",
        ["RABBITMQ_CONFIG_FILE"] = Path.Combine(_folder, "rabbitmq.conf"),
        ["RABBITMQ_CONF_ENV_FILE"] = Path.Combine(_folder, "none"),
        ["RABBITMQ_ENABLED_PLUGINS_FILE"] = Path.Combine(_folder, "enabled_plugins"),
        ["RABBITMQ_MNESIA_BASE"] = Path.Combine(_folder, "data"),
        ["RABBITMQ_LOG_BASE"] = Path.Combine(_folder, "log"),
        ["RABBITMQ_DIST_PORT"] = DistributionPort.ToString(CultureInfo.InvariantCulture),
        ["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] = "-kernel inet_dist_use_interface {127,0,0,1}",
        ["ERL_EPMD_PORT"] = MapperPort.ToString(CultureInfo.InvariantCulture),
        ["ERL_EPMD_ADDRESS"] = "127.0.0.1",
        // Where Erlang keeps its cookie.
        ["HOME"] = _folder,
        // Makes the start script become the broker, so that its process id is the broker's.
        ["NOTIFY_SOCKET"] = "",
        ["detached"] = "true",
    };

    private string Configuration() => $"""
        listeners.tcp.1 = 127.0.0.1:{_port}
        management.tcp.ip = 127.0.0.1
        management.tcp.port = {ApiPort}
        vm_memory_high_watermark.absolute = 1GB
        disk_free_limit.absolute = 50MB
        log.file.level = warning
        """ + "\n";

    private static string FindProgram()
    {
        // Debian's own /usr/sbin/rabbitmq-server insists on its one system-wide node.
        string[] known = ["/usr/lib/rabbitmq/bin", "/opt/homebrew/sbin", "/usr/local/sbin"];
        var folders = known.Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Except(["/usr/sbin"]));
        return folders.Select(folder => Path.Combine(folder, "rabbitmq-server")).FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException(
                $"RabbitMQ is not installed. Install it (Debian: apt-get install --no-install-recommends rabbitmq-server), or name a broker in "
                + $"{TestServers.RabbitMq} and {TestServers.RabbitMqApi}. `./mesh test` installs it on Debian when run as root.");
    }

    private static bool IsRunning(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            return !stat[(stat.LastIndexOf(')') + 2)..].StartsWith('Z');
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static bool IsListening(int port)
    {
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            client.Connect(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
