namespace Mesh.Artifacts.Lineage;

/// <summary>What the lineage graph needs.</summary>
internal static class LineageModule
{
    public static void AddLineage(this IServiceCollection services)
    {
        services.AddSingleton<LineageStore>();
        services.AddSingleton<LineageWriter>();
        services.AddSingleton<LineageReader>();
    }
}
