namespace Mesh.Tracking.Compare;

/// <summary>What the comparison of runs registers.</summary>
internal static class CompareModule
{
    public static IServiceCollection AddCompare(this IServiceCollection services) => services
        .AddSingleton<RunComparer>().AddSingleton<RunTables>().AddSingleton<RunGrouping>().AddSingleton<RunCorrelation>().AddSingleton<Sparklines>();
}
