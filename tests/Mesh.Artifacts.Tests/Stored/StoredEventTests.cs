using Mesh.Artifacts.Artifacts;
using Mesh.Artifacts.Datasets;
using Mesh.Artifacts.Lineage.Rebuild;
using Mesh.Artifacts.Models;
using Mesh.Artifacts.Tests.Http;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Testing;

namespace Mesh.Artifacts.Tests.Stored;

/// <summary>What is stored stays readable: names and JSON of the events are pinned. Both are data; a change needs a new event or an upcaster.</summary>
public sealed class StoredEventTests(ArtifactsHost host)
{
    private static readonly DateTimeOffset At = new(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero);
    private static readonly Guid Run = new("0193a1c0-0000-7000-8000-000000000001");
    private static readonly string Digest = new('a', 64);

    public static TheoryData<string> Names => [.. Samples.Keys];

    private static Dictionary<string, object> Samples { get; } = new()
    {
        ["artifact.version-logged"] = new ArtifactEvent.VersionLogged(
            "data/train.csv", 3, ArtifactKind.Dataset, Digest, 1234, "text/csv", "train.csv", Run, new Dictionary<string, string> { ["team"] = "red" },
            new string('b', 64), "ada", At),
        ["artifact.source-imported"] = new ArtifactEvent.SourceImported("data/train.csv", 3, Digest, "ada", At),
        ["artifact.tag-moved"] = new ArtifactEvent.TagMoved("data/train.csv", "stable", 3, 2, "ada", At),
        ["artifact.tag-deleted"] = new ArtifactEvent.TagDeleted("data/train.csv", "stable", 3, "ada", At),
        ["artifact.retention-set"] = new ArtifactEvent.RetentionSet("data/train.csv", 3, At, "ada", At),
        ["artifact.version-deleted"] = new ArtifactEvent.VersionDeleted(
            "data/train.csv", 3, DeletionStrategy.MetadataOnly, true, new ArtifactEvent.VersionLogged(
                "data/train.csv", 2, ArtifactKind.Dataset, Digest, 1234, "text/csv", null, null, new Dictionary<string, string>(), null, "ada", At, At), "ada", At),
        ["artifact.deleted"] = new ArtifactEvent.Deleted("data/train.csv", DeletionStrategy.WithData, "ada", At),
        ["dataset.profiled"] = new DatasetEvent.Profiled("data/train.csv", 3, 1_000, 7, null, At),
        ["model.version-registered"] = new ModelEvent.VersionRegistered(
            "churn", 2, "onnx", "models/churn", 5, Digest, 99, Run, new string('c', 64), new string('d', 64), "ada", At, "mlflow-artifacts:/0/models/churn", "https://ci/7",
            "first", new Dictionary<string, string> { ["team"] = "red" }),
        ["model.created"] = new ModelEvent.Created("churn", "who leaves", new Dictionary<string, string> { ["team"] = "red" }, "ada", At),
        ["model.described"] = new ModelEvent.Described("churn", "who leaves", "ada", At),
        ["model.tagged"] = new ModelEvent.Tagged("churn", new Dictionary<string, string> { ["team"] = "red" }, ["old"], "ada", At),
        ["model.renamed"] = new ModelEvent.Renamed("attrition", "churn", "ada", At),
        ["model.deleted"] = new ModelEvent.Deleted("churn", "ada", At),
        ["model.version-annotated"] = new ModelEvent.VersionAnnotated("churn", 2, "better", new Dictionary<string, string> { ["team"] = "red" }, ["old"], "ada", At),
        ["model.stage-changed"] = new ModelEvent.StageChanged("churn", 2, ModelStage.Production, ModelStage.Staging, "ada", At),
        ["model.metrics-logged"] = new ModelEvent.MetricsLogged("churn", 2, [new MeasuredMetric("auc", 0.91, "mesh://p/dataset/test@3", At), new MeasuredMetric("loss", 0.2, null, At)], "ada", At),
        ["model.version-deleted"] = new ModelEvent.VersionDeleted("churn", 2, "ada", At),
        ["model.approval-requested"] = new ModelEvent.ApprovalRequested("churn", 2, "please", "ada", At),
        ["model.approved"] = new ModelEvent.Approved("churn", 2, "fine", "olga", Role.Owner, At),
        ["model.approval-rejected"] = new ModelEvent.ApprovalRejected("churn", 2, "no", "olga", Role.Admin, At),
        ["model.gate-set"] = new ModelEvent.GateSet("churn", new AliasGate("champion", true, false, [new GateCheck("auc", AtLeast: 0.9, BeatsCurrent: true)]), "ada", At),
        ["model.gate-removed"] = new ModelEvent.GateRemoved("churn", "champion", "ada", At),
        ["model.alias-moved"] = new ModelEvent.AliasMoved("churn", "champion", 2, 1, "ada", At),
        ["model.alias-deleted"] = new ModelEvent.AliasDeleted("churn", "champion", 2, "ada", At),
        ["lineage.rebuild-started"] = new LineageEvent.RebuildStarted(Run, "ada", At),
        ["model.promoted"] = new ModelEvent.Promoted("churn", 2, "champion", 1, "better", "ada", At),
    };

    [Fact]
    public void The_names_of_stored_events_are_these()
    {
        var store = host.Host.Service<IArtifactsStore>();
        var names = store.Options.Events.AllKnownEventTypes()
            .Where(type => type.EventType.Assembly == typeof(ArtifactsService).Assembly).Select(type => type.EventTypeName);
        names.Order(StringComparer.Ordinal).ShouldBe(Samples.Keys.Order(StringComparer.Ordinal));
        var events = typeof(ArtifactEvent).GetNestedTypes().Concat(typeof(ModelEvent).GetNestedTypes()).Concat(typeof(DatasetEvent).GetNestedTypes()).Concat(typeof(LineageEvent).GetNestedTypes());
        events.ShouldBe(Samples.Values.Select(sample => sample.GetType()), ignoreOrder: true);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_stored_event_is_written_and_read_as_ever(string name)
    {
        var sample = Samples[name];
        var serializer = host.Host.Service<IArtifactsStore>().Options.Serializer();
        var path = RepositoryPath.Of($"tests/Mesh.Artifacts.Tests/Stored/Golden/{name}.json");
        if (Environment.GetEnvironmentVariable("MESH_UPDATE_GOLDEN") == "1" && !File.Exists(path)) File.WriteAllText(path, serializer.ToJson(sample) + "\n");
        var golden = File.ReadAllText(path).Trim();

        serializer.ToJson(sample).ShouldBe(golden);
        using var stream = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(golden));
        serializer.ToJson(serializer.FromJson(sample.GetType(), stream)).ShouldBe(golden);
    }

    [Fact]
    public void A_version_that_was_registered_before_there_were_sources_is_read()
    {
        using var earlier = File.OpenRead(RepositoryPath.Of("tests/Mesh.Artifacts.Tests/Stored/Golden/Earlier/model.version-registered.1.json"));
        var read = host.Host.Service<IArtifactsStore>().Options.Serializer().FromJson<ModelEvent.VersionRegistered>(earlier);
        read.ShouldBe((ModelEvent.VersionRegistered)Samples["model.version-registered"] with { Source = null, RunLink = null, Description = null, Tags = null });
    }
}
