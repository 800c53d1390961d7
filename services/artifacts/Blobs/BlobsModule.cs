using Mesh.Artifacts.Blobs.S3;
using Mesh.Artifacts.Files;
using Mesh.Artifacts.Storage;
using Mesh.Artifacts.Uploads;
using Mesh.Hosting;
using Microsoft.Extensions.Options;

namespace Mesh.Artifacts.Blobs;

/// <summary>What keeping bytes needs: a store, who has what, uploads, quotas, and what cleans up.</summary>
internal static class BlobsModule
{
    public static void AddBlobs(this IServiceCollection services)
    {
        services.AddSingleton<IBlobStore>(provider => provider.GetRequiredService<IOptions<ArtifactsOptions>>().Value.S3 is { } s3
            ? new S3BlobStore(s3, provider.GetRequiredService<TimeProvider>())
            : new LocalBlobStore(Path.Combine(provider.GetRequiredService<MeshOptions>().DataPath, "blobs")));
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
