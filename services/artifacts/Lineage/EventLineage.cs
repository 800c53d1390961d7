using System.Globalization;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Contracts.Events;
using Mesh.Contracts.Functions;
using Mesh.Contracts.Monitoring;
using Mesh.Contracts.Serving;
using Mesh.Contracts.Tracking;

namespace Mesh.Artifacts.Lineage;

/// <summary>What integration events say of lineage: pure.</summary>
internal static class EventLineage
{
    /// <summary>The events that are read, and <c>project.deleted</c>, which ends the graph of a project.</summary>
    public static IReadOnlyList<string> Patterns { get; } =
    [
        "artifact.logged", "artifact.version-deleted", "model.version-registered", "model.version-deleted", "model.alias-moved", "run.created", "run.described", "run.completed", "run.failed", "run.aborted", "run.purged",
        "job.submitted", "endpoint.deployed", "endpoint.version-served", "endpoint.deleted", "drift.detected", "alert.activated", "project.deleted",
    ];

    /// <summary>Params whose value may name an artifact as <c>key@version</c>.</summary>
    private static readonly string[] DatasetParams = ["dataset", "data", "holdout"];

    public static LineageFacts Read(MeshEvent e)
    {
        var sheet = new FactSheet(e.Project, e.Time);
        switch (e.Type)
        {
            case "artifact.logged": Logged(sheet, e.DataAs<ArtifactLogged>()); break;
            case "artifact.version-deleted":
                var artifact = e.DataAs<ArtifactVersionDeleted>();
                sheet.Ended(LineageId.ArtifactVersion(artifact.Key, artifact.Version), LineageId.Artifact, isKnown: false);
                break;
            case "model.version-deleted":
                var model = e.DataAs<ModelVersionDeleted>();
                sheet.Ended(LineageId.ModelVersion(model.Model, model.Version), MeshUri.RegisteredModel);
                break;
            case "model.version-registered": Registered(sheet, e.DataAs<ModelVersionRegistered>()); break;
            case "model.alias-moved": Moved(sheet, e.DataAs<ModelAliasMoved>()); break;
            case "run.created": Created(sheet, e.DataAs<RunCreated>()); break;
            case "run.described": Described(sheet, e.DataAs<RunDescribed>()); break;
            case "run.completed": sheet.Run(e.DataAs<RunCompleted>().RunId, ("status", "completed")); break;
            case "run.failed": sheet.Run(e.DataAs<RunFailed>().RunId, ("status", "failed")); break;
            case "run.aborted": sheet.Run(e.DataAs<RunAborted>().RunId, ("status", "aborted")); break;
            case "run.purged": sheet.Ended(LineageId.Run(e.DataAs<RunPurged>().RunId), MeshUri.Run); break;
            case "job.submitted": Submitted(sheet, e.DataAs<JobSubmitted>()); break;
            case "endpoint.deployed": Deployed(sheet, e.DataAs<EndpointDeployed>()); break;
            case "endpoint.version-served": Served(sheet, e.DataAs<EndpointVersionServed>()); break;
            case "endpoint.deleted": sheet.Ended(LineageId.Endpoint(e.DataAs<EndpointDeleted>().Endpoint), MeshUri.Endpoint); break;
            case "drift.detected": Drifted(sheet, e.Id, e.DataAs<DriftDetected>()); break;
            case "alert.activated": Activated(sheet, e.DataAs<AlertActivated>()); break;
        }

        return sheet.Facts;
    }

    private static void Logged(FactSheet sheet, ArtifactLogged e)
    {
        var version = LineageId.ArtifactVersion(e.Key, e.Version);
        sheet.About(version, e.Kind.ToString().ToLowerInvariant(), $"{e.Key}@{e.Version}", ("digest", e.Digest), ("size", e.Size.ToString(CultureInfo.InvariantCulture)));
        if (e.RunId is { } run) sheet.Edge(LineageId.Run(run), version, LineageRelation.Produced);
    }

    private static void Registered(FactSheet sheet, ModelVersionRegistered e)
    {
        var version = LineageId.ModelVersion(e.Model, e.Version);
        sheet.About(version, MeshUri.RegisteredModel, $"{e.Model}@{e.Version}", ("framework", e.Framework), ("digest", e.Digest));
        if (e.Artifact is { } key) sheet.Edge(LineageId.ArtifactVersion(key, e.ArtifactVersion), version, LineageRelation.RegisteredAs, fromKind: "model");
        if (e.RunId is { } run) sheet.Edge(LineageId.Run(run), version, LineageRelation.Produced);
    }

    private static void Moved(FactSheet sheet, ModelAliasMoved e)
    {
        var alias = LineageId.Alias(e.Model, e.Alias);
        if (e.Version == 0)
        {
            sheet.Ended(alias, MeshUri.RegisteredModel);
            return;
        }

        sheet.About(alias, MeshUri.RegisteredModel, $"{e.Model}@{e.Alias}");
        sheet.Edge(LineageId.ModelVersion(e.Model, e.Version), alias, LineageRelation.Aliased);
    }

    private static void Created(FactSheet sheet, RunCreated e)
    {
        sheet.About(LineageId.Run(e.RunId), MeshUri.Run, e.Name, ("experiment", e.Experiment), ("kind", e.Kind), ("code.commit", e.Commit));
        Params(sheet, e.RunId, e.Params);
        if (e.Parent is { } parent) sheet.Edge(LineageId.Run(parent), LineageId.Run(e.RunId), LineageRelation.Parent);
    }

    private static void Described(FactSheet sheet, RunDescribed e)
    {
        sheet.Run(e.RunId, ("code.commit", e.Commit), ("code.entry-point", e.EntryPoint));
        Params(sheet, e.RunId, e.Params);
        foreach (var input in e.Inputs ?? [])
        {
            if (input.Address is { } address && LineageId.TryRead(sheet.Project, address, out var uri))
            {
                sheet.Input(e.RunId, uri);
            }
            else
            {
                var id = LineageId.ExternalOf(input.Name, input.Digest);
                sheet.About(id, LineageId.External, input.Name, ("digest", input.Digest), ("context", input.Context));
                sheet.Edge(id, LineageId.Run(e.RunId), LineageRelation.Used);
            }
        }
    }

    private static void Submitted(FactSheet sheet, JobSubmitted e)
    {
        sheet.About(
            LineageId.Run(e.JobId), MeshUri.Run, e.Name, ("experiment", e.Experiment), ("kind", "job"), ("code.function", e.Function),
            ("code.version", e.FunctionVersion?.ToString(CultureInfo.InvariantCulture)), ("code.hash", e.FunctionHash), ("code.item", e.Item));
        Params(sheet, e.JobId, e.Params);
        if (e is not { Function: { } function, FunctionVersion: { } number }) return;
        var version = LineageId.FunctionVersion(function, number);
        sheet.About(version, MeshUri.Function, $"{function}@{number}", ("hash", e.FunctionHash));
        sheet.Edge(version, LineageId.Run(e.JobId), LineageRelation.Ran);
    }

    private static void Params(FactSheet sheet, Guid run, IReadOnlyDictionary<string, string>? values)
    {
        if (values is null or { Count: 0 }) return;
        sheet.Run(run, [.. values.OrderBy(pair => pair.Key, StringComparer.Ordinal).Take(FactSheet.MaxParams).Select(pair => ($"params.{pair.Key}", (string?)pair.Value))]);
        foreach (var (key, value) in values)
        {
            var reference = value.StartsWith("mesh://", StringComparison.Ordinal) ? value : DatasetParams.Contains(key) ? $"dataset:{value}" : null;
            if (reference is not null && LineageId.TryRead(sheet.Project, reference, out var uri)) sheet.Input(run, uri);
        }
    }

    private static void Deployed(FactSheet sheet, EndpointDeployed e) =>
        sheet.About(LineageId.Endpoint(e.Endpoint), MeshUri.Endpoint, e.Endpoint, ("model", e.Model), ("alias", e.Alias));

    private static void Served(FactSheet sheet, EndpointVersionServed e)
    {
        sheet.About(LineageId.Endpoint(e.Endpoint), MeshUri.Endpoint, e.Endpoint);
        sheet.Edge(LineageId.ModelVersion(e.Model, e.ModelVersion), LineageId.Endpoint(e.Endpoint), LineageRelation.Serves);
    }

    private static void Drifted(FactSheet sheet, Guid id, DriftDetected e)
    {
        var window = LineageId.Window(e.Endpoint, e.WindowFrom);
        sheet.About(
            window, MeshUri.Window, $"{e.Endpoint} from {e.WindowFrom.UtcDateTime.ToString("u", CultureInfo.InvariantCulture)}", id,
            ("model", $"{e.Model}@{e.ModelVersion}"), ("to", e.WindowTo.ToString("O", CultureInfo.InvariantCulture)), ("rows", e.Rows.ToString(CultureInfo.InvariantCulture)),
            ("drift", string.Join(", ", e.Features.Where(feature => feature.Drifted).Select(feature => feature.Feature))));
        sheet.Edge(LineageId.Endpoint(e.Endpoint), window, LineageRelation.Observed);
    }

    private static void Activated(FactSheet sheet, AlertActivated e)
    {
        var alert = LineageId.Alert(e.Rule, e.EventId);
        sheet.About(alert, MeshUri.Alert, e.Rule, e.EventId, ("event", e.EventType), ("subject", e.EventSubject));
        // The window of a drift is found by the event, whichever of the two comes first.
        var noun = e.EventType.Split('.')[0];
        if (noun is "run" or "job" && Guid.TryParse(e.EventSubject, out var cause)) sheet.Edge(LineageId.Run(cause), alert, LineageRelation.Raised);
        if (noun is "endpoint" || e.EventType == "drift.cleared") sheet.Edge(LineageId.Endpoint(e.EventSubject), alert, LineageRelation.Raised);
        if (e.JobId is { } job) sheet.Edge(alert, LineageId.Run(job), LineageRelation.Triggered);
    }
}
