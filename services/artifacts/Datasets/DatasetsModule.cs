using Mesh.Hosting;
using Microsoft.Extensions.Options;

namespace Mesh.Artifacts.Datasets;

/// <summary>What reading data sets needs.</summary>
internal static class DatasetsModule
{
    public static void AddDatasets(this IServiceCollection services)
    {
        services.AddOptions<DatasetsOptions>().BindConfiguration(DatasetsOptions.Section)
            .PostConfigure<MeshOptions>((options, mesh) => options.ScratchPath = options.ScratchPath.Length > 0 ? options.ScratchPath : Path.Combine(mesh.DataPath, "datasets"))
            .ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton(provider => new ReadingGate(provider.GetRequiredService<IOptions<DatasetsOptions>>().Value));
        services.AddSingleton<ProfileStore>();
        services.AddSingleton<Profiles>();
        services.AddSingleton<ProfileNews>();
        services.AddSingleton<DatasetCatalog>();
        services.AddSingleton<DatasetReader>();
        services.AddSingleton<DatasetDiffer>();
        services.AddSingleton<ProfileQueue>();
        services.AddSingleton<ProfileWorker>();
        services.AddHostedService<ProfileLoop>();
    }
}
