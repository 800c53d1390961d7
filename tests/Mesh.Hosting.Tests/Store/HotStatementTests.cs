using Marten;
using Mesh.Hosting.Identity;
using Mesh.Hosting.Store;
using Mesh.Hosting.Tests.Notes;
using Mesh.Testing;
using Npgsql;

namespace Mesh.Hosting.Tests.Store;

/// <summary>What a store executes again and again is prepared on the connections that it opens from then on.</summary>
public sealed class HotStatementTests : IAsyncLifetime
{
    private const int Often = 220;
    private const string Line = "insert into notes.lines (text) values (?)";

    private readonly NotesHost _notes = new();
    private readonly string _project = $"p{Guid.NewGuid():N}";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private INotesStore Store => _notes.Host.Service<INotesStore>();

    private ServiceDatabase<INotesStore> Database => _notes.Host.Service<ServiceDatabase<INotesStore>>();

    public ValueTask InitializeAsync() => _notes.InitializeAsync();

    public ValueTask DisposeAsync() => _notes.DisposeAsync();

    [Fact]
    public async Task What_is_written_often_is_prepared_and_a_write_that_fails_then_spoils_no_connection()
    {
        await WriteOftenAsync();
        await Eventually.Holds(async () => (await PreparedAsync()).Exists(text => text.Contains("insert into notes.mt_doc_note", StringComparison.OrdinalIgnoreCase)));

        var id = Guid.NewGuid().ToString();
        await WriteAsync(id);
        for (var i = 0; i < 20; i++)
        {
            // Its version is taken: it fails where the prepared statement is executed.
            await using var session = Store.OpenSession(Caller.Service("notes"), _project);
            session.Events.Append(id, 1, new NoteEvent.Read(1));
            await Should.ThrowAsync<Exception>(session.SaveChangesAsync(Ct));
            await WriteAsync(Guid.NewGuid().ToString());
        }
    }

    [Fact]
    public async Task Pages_are_planned_by_their_values()
    {
        await using var session = Store.OpenQuery(_project);
        for (var i = 0; i < Often; i++) await session.Query<Note>().OrderBy(note => note.Id).Take(i % 3).ToListAsync(Ct);
        Database.Hot.Texts.ShouldNotContain(text => text.Contains("limit", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task A_statement_whose_table_is_gone_keeps_no_connection_from_being_opened()
    {
        await WriteOftenAsync();
        await Eventually.Holds(() => Task.FromResult(Database.Hot.Texts.Any(text => text.StartsWith("insert into notes.lines", StringComparison.Ordinal))));
        await using (var drop = Database.DataSource.CreateCommand("drop table notes.lines")) await drop.ExecuteNonQueryAsync(Ct);
        Database.DataSource.Clear();

        await using var connection = await Database.DataSource.OpenConnectionAsync(Ct);
        await using var command = new NpgsqlCommand("select 1", connection);
        (await command.ExecuteScalarAsync(Ct)).ShouldBe(1);
        await using var session = Store.OpenSession(Caller.Service("notes"), _project);
        session.Events.StartStream<Note>(Guid.NewGuid().ToString(), new NoteEvent.Written(Guid.NewGuid(), "still written", null));
        await session.SaveChangesAsync(Ct);

        for (var i = 0; i < Often; i++)
        {
            await using var reading = Store.OpenQuery(_project);
            await reading.LoadAsync<Note>($"{i}", Ct);
        }

        Database.Hot.Texts.ShouldContain(text => text.Contains("from notes.mt_doc_note as d where id = $1", StringComparison.Ordinal), "they are hot again");
    }

    private async Task WriteOftenAsync()
    {
        for (var i = 0; i < Often; i++) await WriteAsync(Guid.NewGuid().ToString());
    }

    private async Task WriteAsync(string id)
    {
        var written = await Store.WriteAsync<Note, NoteEvent>(
            Caller.Service("notes"), _project, id, _ => new NoteEvent.Written(Guid.Parse(id), "hot", null), Ct, null, (session, _) => session.QueueSqlCommand(Line, "hot"));
        written.Version.ShouldBe(1);
    }

    private async Task<List<string>> PreparedAsync()
    {
        await using var command = Database.DataSource.CreateCommand("select statement from pg_prepared_statements");
        await using var rows = await command.ExecuteReaderAsync(Ct);
        var found = new List<string>();
        while (await rows.ReadAsync(Ct)) found.Add(rows.GetString(0));
        return found;
    }
}
