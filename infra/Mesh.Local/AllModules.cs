using Mesh.Artifacts;
using Mesh.Functions;
using Mesh.Hosting;
using Mesh.Monitoring;
using Mesh.Projects;
using Mesh.Serving;
using Mesh.Tracking;

namespace Mesh.Local;

/// <summary>The services of the mesh.</summary>
internal static class AllModules
{
    public static IReadOnlyList<ServiceModule> Create() =>
        [new ProjectsService(), new TrackingService(), new ArtifactsService(), new FunctionsService(), new ServingService(), new MonitoringService()];
}
