using Mesh.Functions.Code.Git;
using Mesh.Functions.Environments;
using Mesh.Functions.Inputs;
using Mesh.Functions.Outputs;

namespace Mesh.Functions.Code;

/// <summary>What is around the process of an attempt.</summary>
internal static class StageServices
{
    public static void AddStages(this IServiceCollection services)
    {
        services.AddSingleton<JobMesh>();
        services.AddSingleton<IJobMesh>(all => all.GetRequiredService<JobMesh>());
        services.AddSingleton<BlobCache>();
        services.AddSingleton<GitRepositories>();
        services.AddSingleton<GitSecrets>();
        services.AddSingleton<IGitCredentials>(all => all.GetRequiredService<GitSecrets>());
        services.AddSingleton<BundleCheck>();
        services.AddSingleton<CodeStage>();
        services.AddSingleton<InputPins>();
        services.AddSingleton<InputStage>();
        services.AddSingleton<VirtualEnvironments>();
        services.AddSingleton<OutputKeeper>();
        services.AddSingleton<AttemptStage>();
    }
}
