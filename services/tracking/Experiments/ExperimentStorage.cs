using JasperFx.Events.Projections;
using Marten;
using Marten.Schema;

namespace Mesh.Tracking.Experiments;

/// <summary>How experiments are kept: a stream each, and a snapshot in the same transaction, unique by name.</summary>
internal static class ExperimentStorage
{
    /// <summary>Unique index that refuses a name that is taken.</summary>
    public const string UniqueName = "experiment_name";

    /// <summary>The last number that was given out in each project. Numbers are not given twice; some are never used.</summary>
    public const string Numbers =
        """
        create table experiment_number (
            project text collate "C" primary key,
            last    bigint not null
        );
        """;

    private static readonly string[] NeverNull =
        [nameof(Experiment.Number), nameof(Experiment.Name), nameof(Experiment.Deleted), nameof(Experiment.CreatedAt), nameof(Experiment.UpdatedAt)];

    public static void Configure(StoreOptions store)
    {
        foreach (var (type, name) in ExperimentEventNames.All) store.Events.MapEventType(type, name);
        store.Projections.Snapshot<Experiment>(SnapshotLifecycle.Inline);
        store.Policies.ForAllDocuments(mapping =>
        {
            if (mapping.DocumentType == typeof(Experiment)) Configure(mapping);
        });
    }

    private static void Configure(DocumentMapping mapping)
    {
        foreach (var member in NeverNull) mapping.DuplicateField(member, notNull: true);
        var name = mapping.AddIndex("tenant_id", "name");
        (name.Name, name.IsUnique) = (UniqueName, true);
        mapping.AddIndex("tenant_id", "number").Name = "experiment_by_number";
        mapping.AddIndex("tenant_id", "created_at", "number").Name = "experiment_newest";
    }
}
