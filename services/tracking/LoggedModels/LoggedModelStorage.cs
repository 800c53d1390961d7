using JasperFx.Events.Projections;
using Marten;
using Marten.Schema;

namespace Mesh.Tracking.LoggedModels;

/// <summary>How logged models are kept: a stream each, and a snapshot in the same transaction that searches read.</summary>
internal static class LoggedModelStorage
{
    private static readonly string[] NeverNull =
        [nameof(LoggedModel.ExperimentId), nameof(LoggedModel.Name), nameof(LoggedModel.Status), nameof(LoggedModel.Deleted), nameof(LoggedModel.CreatedAt), nameof(LoggedModel.UpdatedAt)];

    private static readonly string[] PerhapsNull = [nameof(LoggedModel.SourceRun), nameof(LoggedModel.ModelType)];

    public static void Configure(StoreOptions store)
    {
        foreach (var (type, name) in LoggedModelEventNames.All) store.Events.MapEventType(type, name);
        store.Projections.Snapshot<LoggedModel>(SnapshotLifecycle.Inline);
        store.Schema.For<LoggedModel>().DocumentAlias("logged_model").GinIndexJsonDataMember(model => model.Params).GinIndexJsonDataMember(model => model.Tags);
        store.Policies.ForAllDocuments(mapping =>
        {
            if (mapping.DocumentType == typeof(LoggedModel)) Configure(mapping);
        });
    }

    private static void Configure(DocumentMapping mapping)
    {
        foreach (var member in NeverNull) mapping.DuplicateField(member, notNull: true);
        foreach (var member in PerhapsNull) mapping.DuplicateField(member);
        mapping.AddIndex("tenant_id", "experiment_id", "created_at", "id").Name = "logged_model_newest";
        mapping.AddIndex("tenant_id", "experiment_id", "name", "created_at").Name = "logged_model_by_name";
    }
}
