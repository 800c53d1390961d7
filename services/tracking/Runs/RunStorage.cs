using JasperFx.Events.Projections;
using Marten;
using Marten.Schema;
using Mesh.Tracking.Experiments.Live;

namespace Mesh.Tracking.Runs;

/// <summary>
/// How runs are kept: a stream each, and a snapshot in the same transaction that is also what lists read. What lists filter and sort by is
/// repeated in columns with indexes that begin with the project.
/// </summary>
internal static class RunStorage
{
    private const string InSight = "not deleted";
    private static readonly string[] NeverNull =
        [nameof(Run.Name), nameof(Run.Status), nameof(Run.Attempt), nameof(Run.Deleted), nameof(Run.CreatedAt), nameof(Run.ExperimentId), nameof(Run.BeganAt)];

    private static readonly string[] PerhapsNull = [nameof(Run.Kind), nameof(Run.Parent), nameof(Run.StartedAt), nameof(Run.EndedAt), nameof(Run.LostAttempt), nameof(Run.UserId), nameof(Run.RunGroup), nameof(Run.DeletedAt), nameof(Run.PurgedAt)];
    private static readonly string?[] Filters = [null, "name", "experiment_id", "kind", "parent", "status"];

    public static void Configure(StoreOptions store)
    {
        foreach (var (type, name) in RunEventNames.All) store.Events.MapEventType(type, name);
        store.Projections.Snapshot<Run>(SnapshotLifecycle.Inline);
        store.Projections.Add(new RunChangeMark(), ProjectionLifecycle.Inline);
        store.Schema.For<Run>().GinIndexJsonDataMember(run => run.Params).GinIndexJsonDataMember(run => run.Tags);

        // Duplicate(…) of the schema's own language would index each column by itself.
        store.Policies.ForAllDocuments(mapping =>
        {
            if (mapping.DocumentType == typeof(Run)) Configure(mapping);
        });
    }

    private static void Configure(DocumentMapping mapping)
    {
        foreach (var member in NeverNull) mapping.DuplicateField(member, notNull: true);
        foreach (var member in PerhapsNull) mapping.DuplicateField(member);
        var began = mapping.AddIndex("tenant_id", "experiment_id", "began_at", "id");
        (began.Name, began.Predicate) = ("run_newest_to_begin", InSight);
        var deleted = mapping.AddIndex("tenant_id", "deleted_at", "id");
        (deleted.Name, deleted.Predicate) = ("run_deleted", "deleted");
        var anywhere = mapping.AddIndex("tenant_id", "began_at", "id");
        (anywhere.Name, anywhere.Predicate, anywhere.IncludeColumns) = ("run_newest_to_begin_anywhere", InSight, ["experiment_id"]);
        // From a row of a sample to its run: searches join them in either direction, and need no more of the run. Only in this spelling is the index
        // the same to the store as what PostgreSQL says of it; in another it would be built anew at each start.
        var byUuid = mapping.AddIndex("CAST(id AS uuid)");
        (byUuid.Name, byUuid.IncludeColumns) = ("run_by_uuid", ["tenant_id", "id", "experiment_id", "deleted", "began_at"]);
        foreach (var filter in Filters)
        {
            var index = mapping.AddIndex(filter is null ? ["tenant_id", "created_at", "id"] : ["tenant_id", filter, "created_at", "id"]);
            index.Name = filter is null ? "run_newest" : $"run_newest_by_{filter}";
            index.Predicate = InSight;
        }
    }
}
