using System.Collections.Frozen;
using JasperFx.Events.Projections;
using Marten;
using Marten.Schema;
using Mesh.Contracts.Artifacts;
using Mesh.Contracts.Events;

namespace Mesh.Artifacts.Models;

/// <summary>How registered models are kept: a stream each, a snapshot of it and a row per version in the same transaction, which lists and searches read.</summary>
internal static class ModelStorage
{
    /// <summary>Unique: the name that a model takes up.</summary>
    public const string NameIndex = "model_by_name";

    /// <summary>
    /// Documents of earlier builds get what lists and searches ask for. It runs before Marten adds the columns, which takes their values from the documents; in a new
    /// database there are none yet.
    /// </summary>
    public const string Upgrade =
        """
        do $$
        begin
            if to_regclass('mt_doc_model') is not null then
                update mt_doc_model set data = data || jsonb_build_object('takenName', data ->> 'name') where not data ? 'takenName';
            end if;
            if to_regclass('mt_doc_model_version') is not null then
                update mt_doc_model_version set data = data || jsonb_build_object('stage', 'None', 'updatedAt', data ->> 'at') where not data ? 'updatedAt';
            end if;
        end $$;
        """;

    /// <summary>The names under which events are stored. They are data: never changed once written.</summary>
    private static readonly FrozenDictionary<Type, string> EventNames = new Dictionary<Type, string>
    {
        [typeof(ModelEvent.Created)] = "model.created",
        [typeof(ModelEvent.Described)] = "model.described",
        [typeof(ModelEvent.Tagged)] = "model.tagged",
        [typeof(ModelEvent.Renamed)] = "model.renamed",
        [typeof(ModelEvent.Deleted)] = "model.deleted",
        [typeof(ModelEvent.VersionRegistered)] = "model.version-registered",
        [typeof(ModelEvent.VersionAnnotated)] = "model.version-annotated",
        [typeof(ModelEvent.MetricsLogged)] = "model.metrics-logged",
        [typeof(ModelEvent.StageChanged)] = "model.stage-changed",
        [typeof(ModelEvent.VersionDeleted)] = "model.version-deleted",
        [typeof(ModelEvent.AliasMoved)] = "model.alias-moved",
        [typeof(ModelEvent.AliasDeleted)] = "model.alias-deleted",
        [typeof(ModelEvent.Promoted)] = "model.promoted",
        [typeof(ModelEvent.ApprovalRequested)] = "model.approval-requested",
        [typeof(ModelEvent.Approved)] = "model.approved",
        [typeof(ModelEvent.ApprovalRejected)] = "model.approval-rejected",
        [typeof(ModelEvent.GateSet)] = "model.gate-set",
        [typeof(ModelEvent.GateRemoved)] = "model.gate-removed",
    }.ToFrozenDictionary();

    public static void Configure(StoreOptions store)
    {
        foreach (var (type, name) in EventNames) store.Events.MapEventType(type, name);
        store.Projections.Snapshot<Model>(SnapshotLifecycle.Inline);
        store.Projections.Add<RegisteredVersions>(ProjectionLifecycle.Inline);
        store.Schema.For<Model>().DocumentAlias("model").GinIndexJsonDataMember(model => model.Tags);
        store.Schema.For<RegisteredVersion>().DocumentAlias("model_version").GinIndexJsonDataMember(row => row.Tags!).Index(row => new { row.Artifact, row.ArtifactVersion });
        store.Policies.ForAllDocuments(mapping =>
        {
            if (mapping.DocumentType == typeof(Model)) ConfigureModel(mapping);
            if (mapping.DocumentType == typeof(RegisteredVersion)) ConfigureVersion(mapping);
        });
    }

    /// <summary>What of the registry is told to others; null for what is not of it.</summary>
    public static IIntegrationEvent? ToIntegrationEvent(object data) => data switch
    {
        ModelEvent.Created d => new ModelCreated(d.Model),
        ModelEvent.Described d => new ModelUpdated(d.Model),
        ModelEvent.Tagged d => new ModelUpdated(d.Model),
        ModelEvent.Renamed d => new ModelRenamed(d.Model, d.From),
        ModelEvent.Deleted d => new ModelDeleted(d.Model),
        ModelEvent.VersionRegistered d => new ModelVersionRegistered(
            d.Model, d.Version, d.Framework, d.Digest, d.RunId, d.Artifact.Length > 0 ? d.Artifact : null, d.ArtifactVersion),
        ModelEvent.VersionAnnotated d => new ModelUpdated(d.Model, d.Version),
        ModelEvent.MetricsLogged d => new ModelMetricsLogged(d.Model, d.Version, MetricRules.Last(d.Metrics)),
        ModelEvent.StageChanged d => new ModelStageChanged(d.Model, d.Version, d.Stage, d.Previous),
        ModelEvent.VersionDeleted d => new ModelVersionDeleted(d.Model, d.Version),
        ModelEvent.AliasMoved d => new ModelAliasMoved(d.Model, d.Alias, d.Version, d.Previous),
        ModelEvent.AliasDeleted d => new ModelAliasMoved(d.Model, d.Alias, 0, d.Previous),
        ModelEvent.Promoted d => new ModelPromoted(d.Model, d.Version, d.Alias, d.Previous, d.Reason),
        ModelEvent.ApprovalRequested d => new ModelApprovalRequested(d.Model, d.Version, d.Comment),
        ModelEvent.Approved d => new ModelApproved(d.Model, d.Version, d.Comment),
        ModelEvent.ApprovalRejected d => new ModelApprovalRejected(d.Model, d.Version, d.Comment),
        ModelEvent.GateSet d => new ModelGateChanged(d.Model, d.Gate.Alias),
        ModelEvent.GateRemoved d => new ModelGateChanged(d.Model, d.Alias),
        _ => null,
    };

    private static void ConfigureModel(DocumentMapping mapping)
    {
        mapping.DuplicateField(nameof(Model.Name));
        mapping.DuplicateField(nameof(Model.TakenName));
        mapping.DuplicateField(nameof(Model.CreatedAt));
        mapping.DuplicateField(nameof(Model.UpdatedAt));
        mapping.AddIndex("tenant_id", "name").Name = "model_by_last_name";
        var index = mapping.AddIndex("tenant_id", "taken_name");
        (index.Name, index.IsUnique) = (NameIndex, true);
    }

    private static void ConfigureVersion(DocumentMapping mapping)
    {
        foreach (var member in (string[])[nameof(RegisteredVersion.Model), nameof(RegisteredVersion.Version), nameof(RegisteredVersion.Stage),
            nameof(RegisteredVersion.RunId), nameof(RegisteredVersion.Source), nameof(RegisteredVersion.At), nameof(RegisteredVersion.UpdatedAt)])
            mapping.DuplicateField(member);
        mapping.AddIndex("tenant_id", "model", "version").Name = "model_version_by_number";
        mapping.AddIndex("tenant_id", "run_id").Name = "model_version_by_run";
        mapping.AddIndex("tenant_id", "updated_at", "id").Name = "model_version_newest";
    }
}
