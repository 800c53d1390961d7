using Mesh.Hosting.Search;

namespace Mesh.Tracking.Search;

/// <summary>What can be searched here, with its fields.</summary>
internal static class Searched
{
    /// <summary>Runs.</summary>
    public static readonly SearchSubject Runs = new(
        "run",
        new Dictionary<string, (string, bool)>
        {
            ["run_id"] = ("run_id", false),
            ["run_name"] = ("run_name", false),
            ["run name"] = ("run_name", false),
            ["Run name"] = ("run_name", false),
            ["Run Name"] = ("run_name", false),
            ["user_id"] = ("user_id", false),
            ["User"] = ("user_id", false),
            ["status"] = ("status", false),
            ["artifact_uri"] = ("artifact_uri", false),
            ["start_time"] = ("start_time", true),
            ["created"] = ("start_time", true),
            ["Created"] = ("start_time", true),
            ["end_time"] = ("end_time", true),
        },
        [FieldKind.Metric, FieldKind.Param, FieldKind.Tag, FieldKind.Dataset]);

    /// <summary>Experiments.</summary>
    public static readonly SearchSubject Experiments = new(
        "experiment",
        new Dictionary<string, (string, bool)>
        {
            ["name"] = ("name", false),
            ["experiment_id"] = ("experiment_id", true),
            ["creation_time"] = ("creation_time", true),
            ["last_update_time"] = ("last_update_time", true),
        },
        [FieldKind.Tag]);

    /// <summary>Logged models.</summary>
    public static readonly SearchSubject LoggedModels = new(
        "logged model",
        new Dictionary<string, (string, bool)>
        {
            ["model_id"] = ("model_id", false),
            ["name"] = ("name", false),
            ["model_type"] = ("model_type", false),
            ["status"] = ("status", false),
            ["source_run_id"] = ("source_run_id", false),
            ["creation_timestamp"] = ("creation_timestamp", true),
            ["creation_time"] = ("creation_timestamp", true),
            ["last_updated_timestamp"] = ("last_updated_timestamp", true),
        },
        [FieldKind.Metric, FieldKind.Param, FieldKind.Tag]);

    /// <summary>Traces.</summary>
    public static readonly SearchSubject Traces = new(
        "trace",
        new Dictionary<string, (string, bool)>
        {
            ["trace_id"] = ("trace_id", false),
            ["request_id"] = ("trace_id", false),
            ["client_request_id"] = ("client_request_id", false),
            ["name"] = ("name", false),
            ["run_id"] = ("run_id", false),
            ["status"] = ("status", false),
            ["state"] = ("status", false),
            ["experiment_id"] = ("experiment_id", true),
            ["timestamp_ms"] = ("timestamp_ms", true),
            ["timestamp"] = ("timestamp_ms", true),
            ["execution_time_ms"] = ("execution_time_ms", true),
            ["execution_time"] = ("execution_time_ms", true),
            ["end_time_ms"] = ("end_time_ms", true),
            ["end_time"] = ("end_time_ms", true),
        },
        [FieldKind.Tag, FieldKind.Metadata, FieldKind.Feedback, FieldKind.Expectation])
    {
        HasExpressions = true,
    };
}
