using Mesh.Hosting.Http;

namespace Mesh.Hosting.Mlflow;

/// <summary>Refusals in the words that clients of MLflow know: their codes, and the messages that their own tests look for.</summary>
public static class MlflowRefusal
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
}
