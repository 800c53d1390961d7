using System.Globalization;
using Mesh.Artifacts.Blobs;
using Mesh.Hosting.Http;
using Mesh.Hosting.Identity;
using Mesh.Hosting.Mlflow;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Mesh.Artifacts.Files;

/// <summary>
/// Addresses that clients of the MLflow protocol use without a token: one for each part of an upload, and one for reading a file in ranges. Each is good for itself
/// alone, and for a while.
/// </summary>
internal static class SignedFileEndpoints
{
    private static readonly TimeSpan Readable = TimeSpan.FromMinutes(15);

    public static void MapSignedFiles(this IEndpointRouteBuilder app)
    {
        foreach (var api in (string[])["api", "ajax-api"])
        {
            var files = app.MapGroup($"/mlflow/{{project}}/{api}/2.0/mlflow-artifacts").WithTags("MLflow artifacts");
            if (api != "api") files.ExcludeFromDescription();
            files.MapGet("/presigned/{**path}", Presign).WithSummary("An address from which a file can be read in ranges without a token, for 15 minutes");
        }

        var signed = app.MapGroup("/mlflow/{project}/api/2.0/mlflow-artifacts/signed").WithTags("MLflow artifacts").AllowAnonymousCaller();
        signed.MapPut("/parts/{upload:guid}/{number}", PutPart).StreamsBody().WithSummary("Takes a part of an upload, at an address that mpu/create gave out; answers its ETag")
            .Accepts<Stream>("application/octet-stream", "*/*");
        signed.MapGet("/blobs/{digest}/{name}", GetBlob).WithSummary("Downloads a file, whole or by Range, at an address that presigned gave out");
    }

    /// <summary>Where a part is put.</summary>
    public static string PartPath(string project, Guid upload, int number) => $"{RootOf(project)}/parts/{upload}/{number}";

    internal static async Task<JsonHttpResult<SignedDownload>> Presign(
        string project, string path, HttpRequest request, FileTree files, BlobLedger ledger, BlobStores stores, SignedAddresses signed, CancellationToken ct)
    {
        var place = FileEndpoints.Checked(FilePath.OfRoute(path));
        if (await files.FindAsync(project, place, ct) is not { } content || !await ledger.HasAsync(project, content.Digest, ct)) throw FileEndpoints.Missing(place);
        var name = place[(place.LastIndexOf('/') + 1)..];
        if (await (await stores.OfBlobAsync(content.Digest, ct)).LocateAsync(content.Digest, DownloadName.Disposition("application/octet-stream", name), Readable, ct) is { } there)
            return MlflowJson.Answer(new SignedDownload(there.AbsoluteUri, PartCredential.NoHeaders, content.Size));
        var address = $"{RootOf(project)}/blobs/{content.Digest}/";
        return MlflowJson.Answer(new SignedDownload(
            $"{PublicOrigin.Of(request)}{address}{Uri.EscapeDataString(name)}{signed.Sign(HttpMethods.Get, address + name, Readable)}", PartCredential.NoHeaders, content.Size));
    }

    internal static async Task<Ok> PutPart(string project, Guid upload, string number, HttpRequest request, HttpResponse response, FileUploads uploads, SignedAddresses signed, CancellationToken ct)
    {
        // Only numbers were ever signed.
        if (!signed.IsGenuine(request)) throw NotSigned();
        var (digest, rejected) = await uploads.PutPartAsync(project, upload, int.Parse(number, CultureInfo.InvariantCulture), request, ct);
        if (rejected is not null) throw new RejectedException(rejected);
        response.Headers.ETag = $"\"{digest}\"";
        return TypedResults.Ok();
    }

    internal static async Task<FileStreamHttpResult> GetBlob(
        string project, string digest, string name, HttpRequest request, HttpResponse response, BlobLedger ledger, SignedAddresses signed, CancellationToken ct)
    {
        if (!signed.IsGenuine(request)) throw NotSigned();
        return await ledger.OpenAsync(project, digest, ct) is { } stream ? response.SendFile(stream, digest, name) : throw FileEndpoints.Missing(name);
    }

    private static string RootOf(string project) => $"/mlflow/{project}/api/2.0/mlflow-artifacts/signed";

    private static RejectedException NotSigned() =>
        new(MlflowError.Of(MlflowError.PermissionDenied, "The address is not one that was given out, is for another method, or has come to its end."));
}
