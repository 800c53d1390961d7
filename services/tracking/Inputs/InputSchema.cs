namespace Mesh.Tracking.Inputs;

/// <summary>The tables of the data sets that runs read: too large for streams and snapshots.</summary>
internal static class InputSchema
{
    /// <summary><c>dataset</c>: one row per version of a data set in an experiment. <c>run_input</c>: which run read which, and what for.</summary>
    public const string V1 =
        """
        create table dataset (
            project     text collate "C" not null,
            experiment  bigint not null,
            name        text collate "C" not null,
            digest      text collate "C" not null,
            source_type text not null,
            source      text not null,
            schema      text,
            profile     text,
            primary key (project, experiment, name, digest)
        );
        create table run_input (
            project    text collate "C" not null,
            run        uuid not null,
            name       text collate "C" not null,
            digest     text collate "C" not null,
            experiment bigint not null,
            context    text collate "C",
            tags       jsonb not null,
            primary key (project, run, name, digest)
        );
        create index run_input_by_experiment on run_input (project, experiment, name, digest);
        """;
}
