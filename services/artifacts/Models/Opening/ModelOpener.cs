using Mesh.Artifacts.Blobs;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Decisions;

namespace Mesh.Artifacts.Models.Opening;

/// <summary>Opens model files at registration: what cannot be served, or is not what is said of it, is told before anybody deploys it.</summary>
internal sealed class ModelOpener(BlobLedger ledger)
{
    /// <summary>What a file says of itself; nothing for frameworks whose files are not known here.</summary>
    /// <param name="signature">What it is said to take and give.</param>
    /// <returns>Or the refusal: the file is broken, or does not match.</returns>
    public async Task<(ModelFile? File, Rejection? Rejected)> OpenAsync(string project, string digest, string framework, ModelSignature signature, CancellationToken ct)
    {
        // The version will refer to it: no collection takes it until then.
        await ledger.FindAsync(project, digest, ct);
        if (framework is not ("onnx" or "mlnet")) return (null, null);
        await using var content = await ledger.OpenAsync(project, digest, ct) ?? throw new InvalidOperationException($"The blob {digest} of a model is missing.");
        try
        {
            // Both readers read synchronously, in small steps from a local file: a thread of the pool, not of the request.
            var file = await Task.Run(() => framework == "onnx" ? OnnxReader.Read(content) : MlNetReader.Read(content, signature), ct);
            return SignatureMatch.Difference(file, signature) is { } difference
                ? (null, Rejection.Unprocessable("model.signature-mismatch", difference.Reason, difference.Field))
                : (file, null);
        }
        catch (ModelFileException e)
        {
            return (null, Rejection.Unprocessable("model.file-broken", $"The file of the model cannot be used. {e.Message}", "artifact"));
        }
    }

    /// <summary>What an ONNX file says of itself; null when it cannot be read.</summary>
    public async Task<ModelFile?> TryReadOnnxAsync(string project, string digest, CancellationToken ct)
    {
        await ledger.FindAsync(project, digest, ct);
        await using var content = await ledger.OpenAsync(project, digest, ct);
        if (content is null) return null;
        try
        {
            return await Task.Run(() => OnnxReader.Read(content), ct);
        }
        catch (ModelFileException)
        {
            return null;
        }
    }
}
