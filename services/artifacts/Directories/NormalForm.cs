using Mesh.Hosting.Store;
using Npgsql;

namespace Mesh.Artifacts.Directories;

/// <summary>
/// Composed Unicode (NFC): one form for texts that look alike. The process runs without cultures and their data, so the database is asked, and only where a text
/// is more than ASCII.
/// </summary>
internal sealed class NormalForm(ServiceDatabase<IArtifactsStore> database)
{
    /// <summary>Whether the text is in this form.</summary>
    public async Task<bool> IsAsync(string text, CancellationToken ct) => (await OfAsync([text], ct))[0] == text;

    /// <summary>The texts in this form, in their order.</summary>
    public async Task<string[]> OfAsync(string[] texts, CancellationToken ct)
    {
        if (texts.All(text => System.Text.Ascii.IsValid(text))) return texts;
        await using var command = database.DataSource.CreateCommand("select array_agg(normalize(t.text, nfc) order by t.n) from unnest($1::text[]) with ordinality t (text, n)");
        command.Parameters.Add(new NpgsqlParameter { Value = texts });
        return (string[])(await command.ExecuteScalarAsync(ct))!;
    }
}
