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
        services.AddSingleton<JournalReader>();
        services.AddSingleton<RebuildStore>();
        services.AddSingleton<LineageRebuilder>();
        services.AddHostedService<RebuildLoop>();
    }
}
