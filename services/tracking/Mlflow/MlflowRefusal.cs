using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Mesh.Hosting.Mlflow;

namespace Mesh.Tracking.Mlflow;

/// <summary>Refusals in the words that clients of MLflow know: their codes, and the messages that their own tests look for.</summary>
internal static class MlflowRefusal
{
    /// <summary>400: a parameter, or the whole call, is not in form.</summary>
    public static RejectedException Invalid(string message) => new(MlflowError.Of(MlflowError.InvalidParameterValue, message));

    /// <summary>400: a parameter that is needed was not sent.</summary>
    public static RejectedException Missing(string parameter) =>
        Invalid($"Missing value for required parameter '{parameter}'. See the API docs for more information about request parameters.");

    /// <summary>404: there is no such thing.</summary>
    public static RejectedException NotFound(string message) => new(MlflowError.Of(MlflowError.ResourceDoesNotExist, message));

    /// <summary>400: the name is taken.</summary>
    public static RejectedException Exists(string message) => new(MlflowError.Of(MlflowError.ResourceAlreadyExists, message));

    /// <summary>404: there is no such experiment.</summary>
    public static RejectedException NoExperiment(string id) => NotFound($"No Experiment with id={id} exists");

    /// <summary>404: there is no such run.</summary>
    public static RejectedException NoRun(string id) => NotFound($"Run with id={id} not found");

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
