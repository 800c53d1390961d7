using System.Globalization;
using Mesh.Hosting.Mlflow;
using Mesh.Tracking.Experiments;
using Mesh.Tracking.LoggedModels;
using Mesh.Tracking.Runs;

namespace Mesh.Tracking.Mlflow;

/// <summary>Ids, addresses and times as the protocol writes them: experiments by decimal number, runs by 32 hex digits, times in milliseconds since 1970.</summary>
internal static class MlflowIds
{
    private const string Root = "mlflow-artifacts:/";

    public static string Of(long experiment) => experiment.ToString(CultureInfo.InvariantCulture);

    public static string Of(Guid run) => run.ToString("N");

    public static string Of(Run run) => Of(Guid.Parse(run.Id));

    /// <summary>Reads the id of an experiment.</summary>
    public static long Experiment(string id) => TryExperiment(id, out var number) ? number : throw MlflowRefusal.Invalid($"Invalid experiment ID: '{id}'; it must be a decimal number.");

    public static bool TryExperiment(string id, out long number) => long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    /// <summary>Reads the id of a run: <c>run_id</c>, or <c>run_uuid</c> as older clients call it.</summary>
    public static Guid Run(MlflowArguments arguments)
    {
        var id = arguments.Text("run_id") is { Length: > 0 } given ? given : arguments.Text("run_uuid") is { Length: > 0 } old ? old : arguments.Required("run_id");
        return Run(id);
    }

    public static Guid Run(string id) => Guid.TryParse(id, out var run) ? run : throw TrackingRefusal.NoRun(id);

    /// <summary>Where files of an experiment's runs are.</summary>
    public static string ArtifactLocation(Experiment experiment) => experiment.ArtifactLocation ?? Root + Of(experiment.Number);

    /// <summary>Where files of a run are.</summary>
    public static string ArtifactUri(Run run, string? experimentLocation) => $"{experimentLocation ?? Root + Of(run.ExperimentId)}/{Of(run)}/artifacts";

    /// <summary>Where files of a logged model are.</summary>
    public static string ArtifactUri(LoggedModel model, string? experimentLocation) => $"{experimentLocation ?? Root + Of(model.ExperimentId)}/models/{model.Id}/artifacts";

    /// <summary>The folder of a trace; its files are in <c>artifacts</c>.</summary>
    public static string TraceFolder(Experiment experiment, string trace) => $"{ArtifactLocation(experiment)}/traces/{trace}";

    /// <summary>A folder in the platform's own store, without the scheme; null when its files are elsewhere.</summary>
    public static string? Folder(string artifactUri) => artifactUri.StartsWith(Root, StringComparison.Ordinal) ? artifactUri[Root.Length..].TrimStart('/') : null;

    public static DateTimeOffset Time(long milliseconds, string parameter) => milliseconds is >= -62_135_596_800_000 and <= 253_402_300_799_999
        ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds)
        : throw MlflowRefusal.Invalid($"Invalid value {milliseconds} for parameter '{parameter}' supplied: it must be a time in milliseconds since 1970.");
}
