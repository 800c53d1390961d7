using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.Tracking.Experiments;
using Mesh.Tracking.LoggedModels;
using Mesh.Tracking.Runs;

namespace Mesh.Tracking.Tests.Golden;

/// <summary>
/// What is on disk stays readable: a file per version of each stored event, <c>{stored name}.v{n}.json</c>. A file is never edited; a changed
/// event gets another one.
/// </summary>
public sealed class StoredEventTests(TrackingFixture tracking)
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Golden");

    private static readonly Dictionary<Type, string> Stored = RunEventNames.All.Concat(ExperimentEventNames.All).Concat(LoggedModelEventNames.All).ToDictionary();

    public static TheoryData<string> Files => [.. Directory.GetFiles(Folder, "*.json").Select(path => Path.GetFileName(path)).Order()];

    [Fact]
    public void Every_event_has_a_stored_name_and_a_file()
    {
        var events = new[] { typeof(RunEvent), typeof(ExperimentEvent), typeof(LoggedModelEvent) }.SelectMany(events => events.GetNestedTypes(BindingFlags.Public).Where(t => t.IsSubclassOf(events)));
        Stored.Keys.ShouldBe(events, ignoreOrder: true);
        Files.Select(file => file.Data[..file.Data.IndexOf(".v", StringComparison.Ordinal)]).Distinct().ShouldBe(Stored.Values, ignoreOrder: true);
    }

    [Fact]
    public void Stored_names_never_change() => Stored.Values.Order().ShouldBe(
    [
        "experiment.created", "experiment.deleted", "experiment.renamed", "experiment.restored", "experiment.tags-set", "logged-model.created",
        "logged-model.deleted", "logged-model.finalized", "logged-model.params-logged", "logged-model.tags-set", "run.abort-requested", "run.aborted",
        "run.artifact-linked", "run.attempt-lost", "run.completed", "run.context-described", "run.created", "run.deleted", "run.failed", "run.inputs-logged",
        "run.metrics-summarized", "run.outputs-logged", "run.params-logged", "run.purged", "run.renamed", "run.restored", "run.resumed", "run.started", "run.tags-set",
    ]);

    [Theory]
    [MemberData(nameof(Files))]
    public async Task Every_version_is_read_and_the_newest_is_written_so(string file)
    {
        var golden = await File.ReadAllTextAsync(Path.Combine(Folder, file));
        var name = file[..file.IndexOf(".v", StringComparison.Ordinal)];
        var type = Stored.Single(pair => pair.Value == name).Key;
        var serializer = tracking.Host.Service<ITrackingStore>().Options.Serializer();
        using var stream = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(golden));
        var read = await serializer.FromJsonAsync(type, stream);
        read.ShouldBeOfType(type);
        if (file != Directory.GetFiles(Folder, $"{name}.v*.json").Select(Path.GetFileName).Order().Last()) return;
        JsonNode.DeepEquals(JsonNode.Parse(serializer.ToJson(read)), JsonNode.Parse(golden)).ShouldBeTrue(serializer.ToJson(read));
    }

    [Fact]
    public async Task The_store_writes_these_names()
    {
        var ada = tracking.NewProject();
        var run = await ada.StartedAsync();
        await using var session = tracking.Host.Service<ITrackingStore>().QuerySession(ada.Project);
        var stored = await session.Events.FetchStreamAsync(run.Id.ToString());
        stored.Select(e => e.EventTypeName).ShouldBe(["run.created", "run.started"]);
        JsonSerializer.Serialize(stored.Select(e => e.Version)).ShouldBe("[1,2]");
    }
}
