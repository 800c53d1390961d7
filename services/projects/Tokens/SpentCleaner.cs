using Mesh.Hosting.Store;

namespace Mesh.Projects.Tokens;

/// <summary>
/// Forgets tokens a month after they ended or were revoked, and login links a day after. Their streams stay. The first administrator's token is
/// kept: without it the next start would take its file for one that is new.
/// </summary>
internal sealed class SpentCleaner(ServiceDatabase<IProjectsStore> database, TimeProvider clock, ILogger<SpentCleaner> log)
    : AgedRows<IProjectsStore>(database, clock, log)
{
    private const string Tokens =
        """
        delete from mt_doc_token
        where data ->> 'purpose' <> 'Bootstrap'
          and least((data ->> 'expiresAt')::timestamptz, (data ->> 'revokedAt')::timestamptz) < $1
        """;

    /// <inheritdoc/>
    protected override IReadOnlyList<(string Sql, TimeSpan Kept)> Deletions { get; } =
        [(Tokens, TimeSpan.FromDays(30)), ("delete from mt_doc_login where (data ->> 'expiresAt')::timestamptz < $1", TimeSpan.FromDays(1))];
}
