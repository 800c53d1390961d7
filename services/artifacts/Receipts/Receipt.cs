using JasperFx;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Mesh.Hosting.Identity;
using Mesh.Hosting.Store;

namespace Mesh.Artifacts.Receipts;

/// <summary>What a creating request with an <c>Idempotency-Key</c> made, written in the transaction that made it.</summary>
/// <param name="Id">Follows from the key, the caller, the project and the kind of request.</param>
/// <param name="Fingerprint">SHA-256 of the request: tells a repeat from a reuse of the key.</param>
/// <param name="Version">Number of the version that was made.</param>
public sealed record Receipt(Guid Id, string Fingerprint, int Version)
{
    /// <summary>The receipt that a request would leave; null for one without a key.</summary>
    internal static Receipt? For<T>(IdempotencyKey key, Caller caller, string project, string kind, T request) =>
        key.Fingerprint(request) is { } fingerprint ? new Receipt(key.Id(caller, project, kind), fingerprint, 0) : null;
}

/// <summary>The version that a creating request made, now or when it came first; or why not.</summary>
internal readonly record struct Made(int Version, Rejection? Rejected);

/// <summary>Creates at most once per key.</summary>
internal static class ReceiptStore
{
    /// <summary>Answers with what the same request made before, else creates.</summary>
    /// <param name="create">Creates, and inserts the receipt in the same transaction.</param>
    public static async Task<Made> OnceAsync(this IArtifactsStore store, string project, Receipt? receipt, Func<Task<Made>> create, CancellationToken ct)
    {
        if (receipt is null) return await create();
        if (await FindAsync(store, project, receipt, ct) is { } before) return before;
        try
        {
            return await create();
        }
        catch (DocumentAlreadyExistsException)
        {
            // The same request came twice at once, and the other one has committed.
            return await FindAsync(store, project, receipt, ct) ?? throw new InvalidOperationException($"Receipt {receipt.Id} exists and cannot be read.");
        }
    }

    private static async Task<Made?> FindAsync(IArtifactsStore store, string project, Receipt receipt, CancellationToken ct)
    {
        await using var session = store.OpenQuery(project);
        if (await session.LoadAsync<Receipt>(receipt.Id, ct) is not { } found) return null;
        return found.Fingerprint == receipt.Fingerprint ? new Made(found.Version, null) : new Made(0, IdempotencyKey.Reused);
    }
}
