using System.Reflection;
using Mesh.Hosting;

namespace Mesh.Local;

/// <summary>The services of the mesh: one per folder below <c>services</c>, as the build has found them.</summary>
internal static class AllModules
{
    private static readonly Type[] Types =
    [
        .. typeof(AllModules).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Where(found => found.Value == "service").Select(found => ModuleOf(found.Key)),
    ];

    public static IReadOnlyList<ServiceModule> Create() =>
        [.. Types.Select(type => (ServiceModule)Activator.CreateInstance(type)!).OrderBy(module => module.Name, StringComparer.Ordinal)];

    private static Type ModuleOf(string assembly) =>
        Assembly.Load(assembly).GetExportedTypes().Single(type => type.IsSubclassOf(typeof(ServiceModule)) && !type.IsAbstract);
}
