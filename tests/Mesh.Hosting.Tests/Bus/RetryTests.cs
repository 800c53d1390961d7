using System.Diagnostics.Metrics;
using System.Text.Json;
using Mesh.Contracts.Events;
using Mesh.Hosting.Bus;
using Mesh.Hosting.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Mesh.Hosting.Tests.Bus;

/// <summary>How often a consumer is given an event that it fails at.</summary>
public sealed class RetryTests
{
    private readonly Failing _consumer = new();
    private readonly Warnings _log = new();

    [Fact]
    public async Task An_outage_is_waited_out_and_said_again_now_and_then()
    {
        _consumer.Faults = Enumerable.Repeat(OutageTests.Answer(503), 30);
        await DispatchAsync();
        _consumer.Attempts.ShouldBe(31);
        _log.Told.ShouldBe(["1", "13", "25"]);
    }

    [Fact]
    public async Task A_plain_failure_of_another_service_is_an_attempt_and_attempts_end()
    {
        _consumer.Faults = Enumerable.Repeat(OutageTests.Answer(500), 30);
        await DispatchAsync();
        _consumer.Attempts.ShouldBe(6);
    }

    [Fact]
    public async Task What_an_outage_took_is_not_taken_from_the_attempts()
    {
        _consumer.Faults = [.. Enumerable.Repeat(OutageTests.Answer(503), 10), .. Enumerable.Repeat(OutageTests.Answer(500), 5)];
        await DispatchAsync();
        _consumer.Attempts.ShouldBe(16, "the sixth of its own attempts worked");
    }

    [Fact]
    public async Task Every_attempt_that_is_made_again_is_counted()
    {
        var counted = 0L;
        using var listener = new MeterListener();
        listener.SetMeasurementEventCallback<long>((_, count, tags, _) =>
        {
            if (tags.ToArray().Contains(new("consumer", "mesh.patient.hearing"))) Interlocked.Add(ref counted, count);
        });
        listener.EnableMeasurementEvents(MeshMetrics.EventsRetried);
        _consumer.Faults = Enumerable.Repeat(OutageTests.Answer(503), 4);
        await DispatchAsync("patient");
        counted.ShouldBe(4);
    }

    private async Task DispatchAsync(string service = "test")
    {
        await using var services = new ServiceCollection().AddSingleton(_consumer).BuildServiceProvider();
        var dispatcher = new ConsumerDispatcher(services.GetRequiredService<IServiceScopeFactory>(), new HastyClock(), _log);
        var registration = new ConsumerRegistration(service, "hearing", ["#"], Ordered: false, EveryReplica: true, Inbox: false, typeof(Failing));
        await dispatcher.DispatchAsync(new Nothing(), registration, new MeshEvent
        {
            Id = Guid.CreateVersion7(),
            Source = "/mesh/test",
            Type = "run.created",
            Subject = "s",
            Time = DateTimeOffset.UnixEpoch,
            Project = "p",
            StreamVersion = 1,
            Data = JsonSerializer.SerializeToElement(new { }),
        }, CancellationToken.None);
    }

    private sealed class Failing : IEventListener
    {
        private int _attempts;

        public IEnumerable<Exception> Faults { get; set; } = [];

        public int Attempts => _attempts;

        public Task HearAsync(MeshEvent e, CancellationToken ct) => Faults.ElementAtOrDefault(_attempts++) is { } fault ? Task.FromException(fault) : Task.CompletedTask;
    }

    private sealed class Nothing : StatelessModule
    {
        public override string Name => "test";
    }

    /// <summary>A clock on which no pause takes time.</summary>
    private sealed class HastyClock : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    private sealed class Warnings : ILogger<ConsumerDispatcher>
    {
        /// <summary>After how many attempts it was said that another follows.</summary>
        public List<string?> Told { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel == LogLevel.Warning && state is IReadOnlyList<KeyValuePair<string, object?>> said)
                Told.Add(said.Single(value => value.Key == "Attempts").Value?.ToString());
        }
    }
}
