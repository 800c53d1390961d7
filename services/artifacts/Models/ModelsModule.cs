using Mesh.Artifacts.Mlflow;
using Mesh.Artifacts.Models.Opening;

namespace Mesh.Artifacts.Models;

/// <summary>What the model registry needs, by its own API and by the MLflow protocol.</summary>
internal static class ModelsModule
{
    public static void AddModels(this IServiceCollection services)
    {
        services.AddSingleton(RegisteredVersion.Roots);
        services.AddSingleton<ModelReader>();
        services.AddSingleton<MetricHistory>();
        services.AddSingleton<ModelOpener>();
        services.AddSingleton<ModelRegistry>();
        services.AddSingleton<SourceFolder>();
        services.AddSingleton<RegistrySearch>();
        services.AddSingleton<RegisteredModelCalls>();
        services.AddSingleton<ModelVersionCalls>();
    }
}
