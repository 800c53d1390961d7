using Mesh.Client.Artifacts;
using Mesh.Client.Connection;
using Mesh.Client.Functions;
using Mesh.Client.Monitoring;
using Mesh.Client.Serving;
using Mesh.Client.Tracking;

namespace Mesh.Client;

/// <summary>What is in one project.</summary>
public sealed class ProjectClient
{
    internal ProjectClient(MeshConnection connection, string name)
    {
        Name = name;
        var path = $"/api/v1/projects/{Query.Segment(name)}";
        Runs = new RunsClient(connection, path);
        Artifacts = new ArtifactsClient(connection, path);
        Datasets = new DatasetsClient(connection, path, Artifacts);
        Models = new ModelsClient(connection, path);
        Lineage = new LineageClient(connection, path);
        Functions = new FunctionsClient(connection, path);
        Hubs = new HubsClient(connection, path);
        Jobs = new JobsClient(connection, path, Runs);
        Schedules = new SchedulesClient(connection, path);
        Endpoints = new EndpointsClient(connection, path);
        Monitors = new MonitorsClient(connection, path);
        Alerts = new AlertsClient(connection, path);
        Webhooks = new WebhooksClient(connection, path);
        Events = new EventsClient(connection, name);
    }

    /// <summary>Name of the project.</summary>
    public string Name { get; }

    /// <summary>Runs and experiments.</summary>
    public RunsClient Runs { get; }

    /// <summary>Files, data sets, reports.</summary>
    public ArtifactsClient Artifacts { get; }

    /// <summary>What is in data sets: profiles, rows, differences.</summary>
    public DatasetsClient Datasets { get; }

    /// <summary>The model registry.</summary>
    public ModelsClient Models { get; }

    /// <summary>What came from what.</summary>
    public LineageClient Lineage { get; }

    /// <summary>Function definitions.</summary>
    public FunctionsClient Functions { get; }

    /// <summary>Hubs of the project, and what is made of their items.</summary>
    public HubsClient Hubs { get; }

    /// <summary>Jobs.</summary>
    public JobsClient Jobs { get; }

    /// <summary>Jobs at given times.</summary>
    public SchedulesClient Schedules { get; }

    /// <summary>Endpoints and inference.</summary>
    public EndpointsClient Endpoints { get; }

    /// <summary>Drift monitors and stored predictions.</summary>
    public MonitorsClient Monitors { get; }

    /// <summary>Alert rules.</summary>
    public AlertsClient Alerts { get; }

    /// <summary>Where events of the project are posted.</summary>
    public WebhooksClient Webhooks { get; }

    /// <summary>The project's part of the journal.</summary>
    public EventsClient Events { get; }
}
