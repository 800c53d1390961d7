using System.Collections.Concurrent;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Clients;
using Mesh.Monitoring.Drift;

namespace Mesh.Monitoring.Monitors;

/// <summary>The training distributions of model versions, from the registry. Versions never change, so what was read once stays good.</summary>
internal sealed class TrainingReferences([FromKeyedServices(MonitoringService.ServiceName)] ServiceClient services)
{
    private const int Most = 256;
    private readonly ConcurrentDictionary<(string Project, string Model, int Version), IReadOnlyList<FeatureReference>> _known = new();

    /// <summary>The references of a version's inputs; empty for a version without statistics, or one that is gone.</summary>
    /// <exception cref="ServiceCallException">The registry does not answer.</exception>
    public async Task<IReadOnlyList<FeatureReference>> GetAsync(string project, string model, int version, CancellationToken ct)
    {
        var key = (project, model, version);
        if (_known.TryGetValue(key, out var known)) return known;
        try
        {
            var found = await services.GetAsync<ModelVersion>(
                "artifacts", $"/api/v1/projects/{Uri.EscapeDataString(project)}/models/{Uri.EscapeDataString(model)}/versions/{version}", project, ct);
            if (_known.Count >= Most) _known.Clear();
            return _known[key] = FeatureReference.Of(found.Signature, found.Statistics);
        }
        catch (ServiceCallException e) when (e.Problem.Status == StatusCodes.Status404NotFound)
        {
            return [];
        }
    }

    /// <summary>Forgets a project: another one of that name may follow.</summary>
    public void Forget(string project)
    {
        foreach (var key in _known.Keys)
            if (key.Project == project) _known.TryRemove(key, out _);
    }
}
