using System.Reflection;
using Mesh.Hosting;

namespace Mesh.Architecture.Tests.Sources;

/// <summary>The modules of the services, found beside the tests.</summary>
internal static class ServiceModules
{
    /// <summary>One of each.</summary>
    public static IReadOnlyList<ServiceModule> All { get; } = [.. SolutionProject.Services
        .Select(service => Assembly.Load(service.Name))
        .SelectMany(assembly => assembly.GetTypes())
        .Where(type => type.IsSubclassOf(typeof(ServiceModule)) && !type.IsAbstract)
        .Select(type => (ServiceModule)Activator.CreateInstance(type)!)];

    /// <summary>The marker interface of a module's store.</summary>
    public static Type StoreOf(ServiceModule module)
    {
        for (var type = module.GetType(); type is not null; type = type.BaseType)
            if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ServiceModule<>)) return type.GetGenericArguments()[0];
        throw new InvalidOperationException($"{module.Name} has no store.");
    }
}
