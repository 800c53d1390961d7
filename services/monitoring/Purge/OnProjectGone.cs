using Marten;
using Mesh.Contracts.Events;
using Mesh.Contracts.Projects;
using Mesh.Hosting.Bus;
using Mesh.Monitoring.Alerts;
using Mesh.Monitoring.Monitors;

namespace Mesh.Monitoring.Purge;

/// <summary>Makes every replica forget what it keeps in memory of a deleted project.</summary>
internal sealed class OnProjectGone(TrainingReferences references, RuleBook rules) : IEventConsumer
{
    public Task ConsumeAsync(MeshEvent e, IDocumentSession session, CancellationToken ct)
    {
        var project = e.DataAs<ProjectDeleted>().Project;
        references.Forget(project);
        rules.Changed(project);
        return Task.CompletedTask;
    }
}
