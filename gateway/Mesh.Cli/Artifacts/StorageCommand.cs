using System.CommandLine;
using Mesh.Cli.Terminal;
using Mesh.Contracts.Artifacts;

namespace Mesh.Cli.Artifacts;

/// <summary><c>mesh artifacts storage</c>: shows what a project takes, and sets how much it may have and where its new bytes go.</summary>
internal static class StorageCommand
{
    private static readonly Option<double?> Quota = new("--quota") { Description = "Set the most that the project may have, in MiB. For platform administrators, as what follows." };
    private static readonly Option<bool> NoQuota = new("--no-quota") { Description = "Take the project's own limit away: the platform's holds." };
    private static readonly Option<string?> Store = new("--store") { Description = "Set the store for new blobs: default, or one that the operator has named." };
    private static readonly Option<string?> Prefix = new("--prefix") { Description = "With --store: a folder of that store." };

    public static Command Create() =>
        Verb.Of("storage", "Show how many bytes the project takes and may take, or set that and where new ones go.", [Quota, NoQuota, Store, Prefix], RunAsync);

    private static async Task RunAsync(Context context)
    {
        var artifacts = context.Project.Artifacts;
        var storage = await artifacts.GetStorageAsync(context.Ct);
        var (quota, none, store, prefix) = (context.Get(Quota), context.Get(NoQuota), context.Get(Store), context.Get(Prefix));
        if (quota is not null && none) throw new UsageException("--quota and --no-quota say opposite things: give one of them.");
        if (quota is < 0 or > 1L << 40) throw new UsageException("--quota must be 0 to 1,099,511,627,776 MiB.");
        if (prefix is not null && store is null) throw new UsageException("--prefix goes with --store.");
        if (quota is not null || none || store is not null)
        {
            // The call sets all of it: what is not said stays as it is.
            long? bytes = none ? null : quota is { } mebibytes ? (long)(mebibytes * (1 << 20)) : storage.IsOwnQuota ? storage.QuotaBytes : null;
            storage = await artifacts.SetStorageAsync(new SetProjectStorage(bytes, store, prefix), context.Ct);
        }

        context.Output.Object(
            storage, ("blobs", storage.Blobs), ("used", Figures.Size(storage.UsedBytes)), ("open uploads", Figures.Size(storage.OpenUploadBytes)),
            ("quota", storage.QuotaBytes is { } most ? Figures.Size(most) : "none"), ("set for", storage.IsOwnQuota ? "this project" : "all projects"),
            ("new blobs in", storage.Prefix is null ? storage.Store : $"{storage.Store}, {storage.Prefix}"));
    }
}
