using Mesh.Hosting.Store;
using Mesh.Testing;
using Npgsql;

namespace Mesh.Tracking.Tests.Search;

/// <summary>Searches are planned by their values, and nothing else that uses the same connections is.</summary>
public sealed class SearchPlanTests(TrackingFixture fixture)
{
    [Fact]
    public async Task The_setting_of_a_search_goes_with_it()
    {
        var database = fixture.Host.Service<ServiceDatabase<ITrackingStore>>();
        int process;
        await using (var search = await database.OpenForSearchAsync(default))
        {
            process = search.ProcessID;
            (await ModeAsync(search)).ShouldBe("force_custom_plan");
        }

        // Others may be given it first: it comes back to the pool, and is asked for until it is there.
        await Eventually.Holds(async () =>
        {
            await using var next = await database.DataSource.OpenConnectionAsync();
            (await ModeAsync(next)).ShouldBe("auto");
            next.ProcessID.ShouldBe(process);
        });
    }

    private static async Task<string?> ModeAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand("show plan_cache_mode", connection);
        return (string?)await command.ExecuteScalarAsync();
    }
}
