using Mesh.Artifacts.Lineage.Pushing;
using Mesh.Artifacts.Lineage.Rebuild;

namespace Mesh.Artifacts.Lineage;

/// <summary>What the lineage graph needs.</summary>
internal static class LineageModule
{
    public static void AddLineage(this IServiceCollection services)
    {
        services.AddSingleton<LineageStore>();
        services.AddSingleton<LineageWriter>();
        services.AddSingleton<LineageReader>();
        services.AddOptions<OpenLineageOptions>().BindConfiguration(OpenLineageOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<OpenLineageRuns>();
        services.AddSingleton<OpenLineageHttp>();
        services.AddSingleton<OpenLineagePusher>();
        services.AddSingleton<PushStore>();
        services.AddHostedService<PushLoop>();
        services.AddSingleton<JournalReader>();
        services.AddSingleton<RebuildStore>();
        services.AddSingleton<RebuildMark>();
        services.AddSingleton<LineageRebuilder>();
        services.AddHostedService<RebuildLoop>();
    }
}
