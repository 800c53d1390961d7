using Mesh.Artifacts.Files;
using Mesh.Artifacts.Storage;
using Mesh.Artifacts.Uploads;

namespace Mesh.Artifacts.Blobs;

/// <summary>What keeping bytes needs: a store, who has what, uploads, quotas, and what cleans up.</summary>
internal static class BlobsModule
{
    public static void AddBlobs(this IServiceCollection services)
    {
        services.AddSingleton<BlobStores>();
        services.AddSingleton<ProjectStorage>();
        services.AddSingleton<BlobLedger>();
        services.AddSingleton<BlobIntake>();
        services.AddSingleton<UploadTable>();
        services.AddSingleton<PartedUploads>();
        services.AddSingleton<FileTree>();
        services.AddSingleton(FileTree.Roots);
        services.AddSingleton<FileUploadTable>();
        services.AddSingleton<FileUploads>();
        services.AddSingleton<BlobCollector>();
        services.AddSingleton<BlobScrub>();
        services.AddHostedService<BlobHousekeeping>();
        services.AddHostedService<BlobCollectionLoop>();
        services.AddHostedService<BlobScrubLoop>();
    }
}
