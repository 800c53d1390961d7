using System.Text.Json;
using Mesh.Testing;

namespace Mesh.Local.Tests.Running;

/// <summary>One process per service, on PostgreSQL and RabbitMQ, and their keeper.</summary>
public sealed class SeparateProcessesTests(RabbitMqFixture broker) : IClassFixture<RabbitMqFixture>, IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private readonly string _data = LocalRun.NewData();
    private readonly int _port = FreePorts.OfMesh();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync() => await Eventually.Holds(() => Directory.Delete(_data, recursive: true));

    [Fact]
    public async Task When_it_says_that_it_is_ready_every_process_is()
    {
        await using var keeper = Start();

        await keeper.ReadyAsync(_data);

        using var http = new HttpClient();
        foreach (var process in Processes())
            (await http.GetAsync($"{process.Address}/health/ready", TestContext.Current.CancellationToken)).IsSuccessStatusCode.ShouldBeTrue(process.Name);
    }

    [Fact]
    public async Task A_killed_keeper_leaves_nothing_behind_and_the_next_one_starts()
    {
        await using var killed = Start();
        await killed.ReadyAsync(_data);
        var left = Processes();
        await killed.SignalAsync("KILL");
        await killed.EndAsync();

        await using var next = Start();
        await next.ReadyAsync(_data);

        foreach (var process in left) Lives(process.Pid).ShouldBeFalse(process.Name);
        Processes().Select(process => process.Pid).ShouldNotContain(pid => left.Any(process => process.Pid == pid));
    }

    [Fact]
    public async Task A_stop_before_it_is_ready_ends_all_of_it_without_a_stack_trace()
    {
        await using var keeper = Start();
        // The first state is written when the first process runs.
        await Eventually.Holds(() => Processes().ShouldAllBe(process => process.Pid > 0), Patience);
        var started = Processes();
        LocalRun.State(_data).GetProperty("ready").GetBoolean().ShouldBeFalse();

        await keeper.SignalAsync("INT");

        var (code, _, error) = await keeper.EndAsync();
        (code, error).ShouldBe((130, ""));
        foreach (var process in started) Lives(process.Pid).ShouldBeFalse(process.Name);
        File.Exists(Path.Combine(_data, "mesh.json")).ShouldBeFalse();
    }

    private LocalRun Start() => LocalRun.Start("--data", _data, "--port", $"{_port}", "--separate", "--rabbitmq", broker.Address.ToString());

    private List<(string Name, int Pid, string Address)> Processes() =>
    [
        .. LocalRun.State(_data).GetProperty("processes").EnumerateArray().Select(Read),
    ];

    private static (string Name, int Pid, string Address) Read(JsonElement process) =>
        (process.GetProperty("name").GetString()!, process.GetProperty("pid").GetInt32(), process.GetProperty("address").GetString()!);

    // A dead process stays listed where the machine's first process is slow to collect it.
    private static bool Lives(int pid)
    {
        try
        {
            return !File.ReadAllText($"/proc/{pid}/stat").Contains(") Z ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }
}
