using System.Globalization;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Mesh.Hosting.Mlflow;

namespace Mesh.Artifacts.Mlflow;

/// <summary>What the registry's calls carry, with the limits of MLflow 3.11. What is too long is refused, never cut.</summary>
internal static class RegistryArguments
{
    private const int Description = 20_000;
    private const int TagValue = 100_000;
    private const int Tags = 100;

    /// <summary>Name of a model, as it is asked for: any text, of which most name nothing.</summary>
    public static string Name(this MlflowArguments arguments) => arguments.Required("name");

    /// <summary>Name that a model is to get.</summary>
    public static string NewName(this MlflowArguments arguments, string parameter)
    {
        var name = arguments.Required(parameter);
        return Names.IsModel(name) ? name : throw MlflowRefusal.Invalid($"Invalid model name: '{Shown(name)}'. The name of a registered model {Names.ModelForm}");
    }

    /// <summary>Number of a version.</summary>
    public static int Version(this MlflowArguments arguments)
    {
        var text = arguments.Integer("version") is { } number ? number.ToString(CultureInfo.InvariantCulture) : arguments.Required("version");
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : throw MlflowRefusal.Invalid("Model version must be an integer.");
    }

    /// <summary>A description; null when it is absent.</summary>
    public static string? About(this MlflowArguments arguments) =>
        arguments.Text("description") is { } text ? MlflowForm.Value(text, "description", Description) : null;

    /// <summary>Key and value of a tag.</summary>
    public static (string Key, string Value) Tag(this MlflowArguments arguments) =>
        (MlflowForm.Key(arguments.Required("key"), "key"), MlflowForm.Value(arguments.Text("value") ?? "", "value", TagValue));

    /// <summary>Tags of something new.</summary>
    public static Dictionary<string, string> NewTags(this MlflowArguments arguments)
    {
        var tags = arguments.Pairs("tags");
        if (tags.Count > Tags) throw MlflowRefusal.Invalid($"'tags' has {tags.Count} entries; at most {Tags} can be set at once.");
        foreach (var (key, value) in tags) MlflowForm.Value(value, MlflowForm.Key(key, "tags.key"), TagValue);
        return tags;
    }

    /// <summary>A stage, in any case.</summary>
    public static ModelStage Stage(string text) => Enum.TryParse<ModelStage>(text, ignoreCase: true, out var stage) && !text.AsSpan().ContainsAnyInRange('0', '9')
        ? stage
        : throw MlflowRefusal.Invalid($"Invalid Model Version stage: {Shown(text)}. Value must be one of None, Staging, Production, Archived.");

    /// <summary>404 in the words of MLflow.</summary>
    public static RejectedException NoModel(string name) => MlflowRefusal.NotFound($"Registered Model with name={Shown(name)} not found");

    /// <summary>404 in the words of MLflow.</summary>
    public static RejectedException NoVersion(string name, int version) => MlflowRefusal.NotFound($"Model Version (name={Shown(name)}, version={version}) not found");

    /// <summary>A refusal of the registry in the protocol's codes: what MLflow refuses as a state is a wrong parameter to its clients.</summary>
    public static RejectedException Refused(Rejection rejected, string name, int version = 0) => rejected.Code switch
    {
        "model.unknown" => NoModel(name),
        "model.version-unknown" => NoVersion(name, version),
        "model.exists" => MlflowRefusal.Exists($"Registered Model (name={Shown(name)}) already exists."),
        "write.contended" => new(MlflowError.Of(MlflowError.ResourceConflict, rejected.Detail)),
        "alias.gated" => new(MlflowError.Of(MlflowError.PermissionDenied, rejected.Detail)),
        _ when rejected.Kind is RejectionKind.Conflict or RejectionKind.Unprocessable or RejectionKind.Malformed or RejectionKind.TooLarge => MlflowRefusal.Invalid(rejected.Detail),
        _ => new(rejected),
    };

    private static string Shown(string text) => text.Length <= 300 ? text : $"{text[..300]}…";
}
