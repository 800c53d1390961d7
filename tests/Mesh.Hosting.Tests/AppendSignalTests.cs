using System.Net.Http.Json;
using Mesh.Contracts;
using Mesh.Hosting.Store;
using Mesh.Hosting.Tests.Notes;
using Mesh.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Mesh.Hosting.Tests;

/// <summary>Who follows the log of a store hears of each commit, in whichever process it was made.</summary>
public sealed class AppendSignalTests : IAsyncLifetime
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);

    private ServiceHost _host = null!;
    private NpgsqlDataSource _elsewhere = null!;

    public async ValueTask InitializeAsync()
    {
        _host = await ServiceHost.StartAsync(
            await PostgresFixture.ServerConnectionStringAsync(), [new NotesService()], daemon: DaemonLeadership.HotCold);
        _elsewhere = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(_host.Options.Postgres) { Database = _host.Options.Database });
    }

    public async ValueTask DisposeAsync()
    {
        await _elsewhere.DisposeAsync();
        await _host.DisposeAsync();
        await ServiceHost.DropAsync(_host.Options.Postgres, _host.Options.Database!);
    }

    [Fact]
    public async Task Another_process_hears_of_a_commit_and_again_after_its_daemon_began_anew()
    {
        using var signal = new SharedAppendSignal(_elsewhere, "notes", NullLogger.Instance);
        for (var daemon = 0; daemon < 2; daemon++)
        {
            // Until it listens it may miss one.
            var heard = signal.WaitAsync(Long, TestContext.Current.CancellationToken);
            await Eventually.Holds(async () =>
            {
                await WriteAsync();
                return heard.IsCompleted;
            });
            await heard;
            signal.Dispose();
        }
    }

    [Fact]
    public async Task A_service_hears_nothing_of_another_in_the_same_database()
    {
        using var own = new SharedAppendSignal(_elsewhere, "notes", NullLogger.Instance);
        using var others = new SharedAppendSignal(_elsewhere, "letters", NullLogger.Instance);
        var (heard, unheard) = (own.WaitAsync(Long, TestContext.Current.CancellationToken), others.WaitAsync(Long, TestContext.Current.CancellationToken));
        await Eventually.Holds(async () =>
        {
            await WriteAsync();
            return heard.IsCompleted;
        });
        unheard.IsCompleted.ShouldBeFalse();
    }

    private async Task WriteAsync() =>
        (await _host.ClientFor("ada", Role.Editor, "demo").PostAsJsonAsync("/api/v1/projects/demo/notes", new { text = "heard" })).EnsureSuccessStatusCode();
}
