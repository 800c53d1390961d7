using Mesh.Client;
using Mesh.Contracts.Artifacts;
using Mesh.Hub.Running;
using Mesh.Hub.Training;

namespace Mesh.Hub.Scoring;

/// <summary>Loads models out of the registry.</summary>
internal static class RegisteredModel
{
    /// <param name="target">Column of the data that is never an input.</param>
    /// <exception cref="HubFailure">The framework cannot be run here, or the file is no model of it.</exception>
    public static async Task<IModelScorer> LoadAsync(ProjectClient project, ModelVersion version, string? target, CancellationToken ct)
    {
        if (version.Framework is not (TrainedModel.Framework or "onnx"))
            throw new HubFailure($"{version.Model}@{version.Version} is of framework '{version.Framework}'; only mlnet and onnx can be scored.");
        var file = Path.GetTempFileName();
        try
        {
            await project.Models.DownloadFileAsync(version, file, ct);
            return version.Framework == TrainedModel.Framework ? new MlNetScorer(file, version.Signature) : new OnnxScorer(file, version.Signature, target);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
