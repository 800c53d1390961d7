using System.Text.Json;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Contracts.Events;
using Mesh.Contracts.Functions;
using Mesh.Contracts.Monitoring;
using Mesh.Contracts.Serving;
using Mesh.Contracts.Tracking;

namespace Mesh.Artifacts.Tests.Lineage;

/// <summary>The events of a model's life, from a data set to the training that drift caused.</summary>
internal sealed class LineageStory(string project)
{
    private static readonly DateTimeOffset Begin = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private int _count;

    public Guid Training { get; } = Guid.CreateVersion7();

    public Guid Retraining { get; } = Guid.CreateVersion7();

    public Guid Drift { get; } = Guid.CreateVersion7();

    public string Uri(string rest) => $"mesh://{project}/{rest}";

    public MeshEvent Event<T>(T data, Guid? id = null) where T : IIntegrationEvent => new()
    {
        Id = id ?? Guid.CreateVersion7(),
        Source = "/mesh/test",
        Type = EventTypes.NameOf<T>(),
        Subject = data.Subject,
        Project = project,
        StreamVersion = ++_count,
        Time = Begin.AddMinutes(_count),
        Data = JsonSerializer.SerializeToElement(data, MeshJson.Strict),
    };

    public IReadOnlyList<MeshEvent> Events() =>
    [
        Event(new ArtifactLogged("iris", 1, ArtifactKind.Dataset, "d1", 10)),
        Event(new JobSubmitted(
            Training, "train", "default", "ada", new Dictionary<string, string> { ["dataset"] = "iris@1", ["lr"] = "0.1" }, null, "trainer", 4, "hash4")),
        Event(new RunDescribed(Training, Commit: "abc123", Inputs: [new RunInputRef("other", "77", "training")])),
        Event(new ArtifactLogged("weights", 2, ArtifactKind.Model, "d2", 20, Training)),
        Event(new RunCompleted(Training, "train", "default")),
        Event(new ModelVersionRegistered("churn", 1, "onnx", "d2", Training, "weights", 2)),
        Event(new ModelAliasMoved("churn", "champion", 1)),
        Event(new EndpointDeployed("scores", "churn", "champion")),
        Event(new EndpointVersionServed("scores", "churn", 1)),
        Event(new DriftDetected("scores", "churn", 1, [new FeatureDrift("age", 1, 1, true), new FeatureDrift("sex", 0, 0, false)], Begin.AddHours(1), Begin.AddHours(2), 500), Drift),
        Event(new AlertActivated("retrain", Drift, "drift.detected", "scores", Retraining)),
        Event(new JobSubmitted(Retraining, "retrain", "default", "mesh", new Dictionary<string, string>())),
    ];
}
