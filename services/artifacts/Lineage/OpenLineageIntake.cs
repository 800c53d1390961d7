using System.Globalization;
using System.Text.Json;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Decisions;

namespace Mesh.Artifacts.Lineage;

/// <summary>
/// Reads run events of OpenLineage: <c>{"eventType": "COMPLETE", "eventTime": …, "run": {"runId": …}, "job": {"namespace": …, "name": …}, "inputs": […], "outputs": […]}</c>.
/// Facets that say nothing of lineage are left out, as the standard asks of readers.
/// </summary>
internal static class OpenLineageIntake
{
    private const int MaxDatasets = 1000;
    private const int MaxName = 2000;

    private static readonly string[] EventTypes = ["START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"];

    /// <summary>The facts, or what is wrong with the event.</summary>
    public static (LineageFacts? Facts, Rejection? Rejected) Read(string project, JsonElement e)
    {
        if (Member(e, "run") is not { } run || Member(e, "job") is not { } job) return Refuse("run", "An event must have a run and a job: only run events are taken.");
        if (!Guid.TryParse(Text(run, "runId"), out var id)) return Refuse("run.runId", "'run.runId' must be a UUID.");
        if (Text(job, "namespace") is not { Length: > 0 and <= MaxName } space) return Refuse("job.namespace", $"'job.namespace' must be a text of 1 to {MaxName} characters.");
        if (Text(job, "name") is not { Length: > 0 and <= MaxName } name) return Refuse("job.name", $"'job.name' must be a text of 1 to {MaxName} characters.");
        if (!DateTimeOffset.TryParse(Text(e, "eventTime"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)) return Refuse("eventTime", "'eventTime' must be an RFC 3339 time.");
        var type = Text(e, "eventType") ?? "OTHER";
        if (!EventTypes.Contains(type)) return Refuse("eventType", $"'eventType' must be one of {string.Join(", ", EventTypes)}.");
        if (Text(e, "producer") is not { Length: > 0 and <= MaxName } producer) return Refuse("producer", "'producer' must be the URI of what sent the event.");

        var sheet = new FactSheet(project, at);
        var source = Facet(job, "sourceCodeLocation");
        var status = type switch { "COMPLETE" => "completed", "FAIL" => "failed", "ABORT" => "aborted", _ => null };
        sheet.About(
            LineageId.Run(id), MeshUri.Run, name, ("openlineage.namespace", space), ("openlineage.job", name), ("openlineage.producer", producer), ("status", status),
            ("code.commit", Text(source, "version")), ("code.url", Text(source, "url")));
        if (Member(Facet(run, "parent"), "run") is { } outer && Guid.TryParse(Text(outer, "runId"), out var parent) && parent != id)
            sheet.Edge(LineageId.Run(parent), LineageId.Run(id), LineageRelation.Parent);
        return Datasets(sheet, e, "inputs", dataset => sheet.Edge(dataset, LineageId.Run(id), LineageRelation.Used))
            ?? Datasets(sheet, e, "outputs", dataset => sheet.Edge(LineageId.Run(id), dataset, LineageRelation.Produced))
            ?? (sheet.Facts, null);
    }

    private static (LineageFacts?, Rejection?)? Datasets(FactSheet sheet, JsonElement e, string field, Action<string> join)
    {
        if (!e.TryGetProperty(field, out var list) || list.ValueKind == JsonValueKind.Null) return null;
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() > MaxDatasets) return Refuse(field, $"'{field}' must be a list of at most {MaxDatasets} data sets.");
        foreach (var dataset in list.EnumerateArray())
        {
            if (Text(dataset, "namespace") is not { Length: > 0 and <= MaxName } space || Text(dataset, "name") is not { Length: > 0 and <= MaxName } name)
                return Refuse(field, $"Each of '{field}' must have a namespace and a name of 1 to {MaxName} characters.");
            if (space == $"mesh://{sheet.Project}")
            {
                if (!MeshUri.TryParse($"{space}/{name}", out var own, out var fault)) return Refuse(field, $"'{space}/{name}' {fault}.");
                if (LineageId.Of(own) is not { } known) return Refuse(field, $"'{name}' is too long.");
                if (own.Kind == MeshUri.Run) return Refuse(field, "A run is no data set.");
                sheet.Named(known, own.Kind);
                join(known);
                continue;
            }

            var id = LineageId.ExternalOf($"{space}/{name}", Text(Facet(dataset, "version"), "datasetVersion") is { Length: > 0 } version ? version : null);
            sheet.About(id, LineageId.External, name, ("namespace", space), ("name", name));
            join(id);
        }

        return null;
    }

    private static (LineageFacts?, Rejection?) Refuse(string field, string detail) => (null, Rejection.Malformed("openlineage.invalid", detail, field));

    private static JsonElement? Facet(JsonElement of, string name) => Member(Member(of, "facets"), name);

    private static JsonElement? Member(JsonElement? of, string name) =>
        of is { ValueKind: JsonValueKind.Object } one && one.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Object ? value : null;

    private static string? Text(JsonElement? of, string name) =>
        of is { ValueKind: JsonValueKind.Object } one && one.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
