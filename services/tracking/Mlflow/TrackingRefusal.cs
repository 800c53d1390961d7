using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Mesh.Hosting.Mlflow;

namespace Mesh.Tracking.Mlflow;

/// <summary>Refusals of runs and experiments in the words that clients of MLflow know.</summary>
internal static class TrackingRefusal
{
    /// <summary>404: there is no such experiment.</summary>
    public static RejectedException NoExperiment(string id) => MlflowRefusal.NotFound($"No Experiment with id={id} exists");

    /// <summary>404: there is no such run.</summary>
    public static RejectedException NoRun(string id) => MlflowRefusal.NotFound($"Run with id={id} not found");

    /// <summary>A domain's refusal in the protocol's codes: what MLflow refuses as a state is a wrong parameter to its clients.</summary>
    public static RejectedException Of(Rejection rejected) => new(rejected.Code switch
    {
        "experiment.exists" => MlflowError.Of(MlflowError.ResourceAlreadyExists, rejected.Detail),
        "run.unknown" or "experiment.unknown" => MlflowError.Of(MlflowError.ResourceDoesNotExist, rejected.Detail),
        "write.contended" => MlflowError.Of(MlflowError.ResourceConflict, rejected.Detail),
        _ when rejected.Kind is RejectionKind.Conflict or RejectionKind.Unprocessable or RejectionKind.Malformed or RejectionKind.TooLarge =>
            MlflowError.Of(MlflowError.InvalidParameterValue, rejected.Detail),
        _ => rejected,
    });
}
