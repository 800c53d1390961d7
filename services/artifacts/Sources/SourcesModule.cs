namespace Mesh.Artifacts.Sources;

/// <summary>What reading bytes from where they are needs.</summary>
internal static class SourcesModule
{
    public static void AddSources(this IServiceCollection services)
    {
        services.AddSingleton<ISourceKind, HttpSource>();
        services.AddSingleton<ISourceKind, S3Source>();
        services.AddSingleton<ISourceKind, FileSource>();
        services.AddSingleton<SourceReader>();
        services.AddSingleton<VersionContent>();
    }
}
