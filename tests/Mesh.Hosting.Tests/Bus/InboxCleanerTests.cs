using Marten;
using Mesh.Hosting.Bus;
using Mesh.Hosting.Store;
using Mesh.Hosting.Tests.Notes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Mesh.Hosting.Tests.Bus;

/// <summary>How the inbox forgets.</summary>
public sealed class InboxCleanerTests(NotesHost notes) : IClassFixture<NotesHost>
{
    [Fact]
    public async Task What_is_older_than_any_redelivery_goes_however_much_it_is_and_the_rest_stays()
    {
        var store = notes.Host.Service<INotesStore>();
        var now = DateTimeOffset.UtcNow;
        await store.BulkInsertAsync([.. Enumerable.Range(0, 5_500).Select(i => new InboxEntry { Id = $"old-{i}", At = now.AddDays(-15) })]);
        await store.BulkInsertAsync([.. Enumerable.Range(0, 3).Select(i => new InboxEntry { Id = $"new-{i}", At = now.AddDays(-13) })]);
        await notes.Host.Services.GetServices<IHostedService>().OfType<InboxCleaner>().Single()
            .CleanAsync(notes.Host.Services.GetServices<ServiceModule>().Single(), CancellationToken.None);
        await using var session = store.QuerySession(Tenants.Platform);
        (await session.Query<InboxEntry>().CountAsync(entry => entry.Id.StartsWith("old-"))).ShouldBe(0);
        (await session.Query<InboxEntry>().CountAsync(entry => entry.Id.StartsWith("new-"))).ShouldBe(3);
    }

    [Fact]
    public async Task The_time_of_an_entry_is_indexed()
    {
        await using var command = notes.Host.Service<ServiceDatabase<INotesStore>>().DataSource.CreateCommand(
            "select count(*) from pg_indexes where schemaname = 'notes' and tablename = 'mt_doc_inbox' and indexdef like '%(at)%'");
        (await command.ExecuteScalarAsync()).ShouldBe(1L);
    }
}
