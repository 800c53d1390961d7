using Mesh.Hosting.Store;

namespace Mesh.Artifacts.Receipts;

/// <summary>Forgets receipts that are older than any client repeats a request.</summary>
internal sealed class ReceiptCleaner(ServiceDatabase<IArtifactsStore> database, TimeProvider clock, ILogger<ReceiptCleaner> log)
    : AgedRows<IArtifactsStore>(database, clock, log)
{
    /// <inheritdoc/>
    protected override IReadOnlyList<(string Sql, TimeSpan Kept)> Deletions { get; } =
        [("delete from mt_doc_receipt where mt_last_modified < $1", TimeSpan.FromDays(14))];
}
