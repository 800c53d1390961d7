using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Mesh.Hosting.Identity;
using Mesh.Hosting.Mlflow;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace Mesh.Artifacts.Files;

/// <summary>
/// Uploads of files in parts: <c>/mlflow/{project}/api/2.0/mlflow-artifacts/mpu/create|complete|abort/{folder}</c>. The body says the file's path on the caller's
/// machine; its last segment is its name in the folder.
/// </summary>
internal static class FileUploadEndpoints
{
    // 10,000 parts with their addresses.
    private const long MaxBody = 8 << 20;

    public static void MapFileUploads(this IEndpointRouteBuilder app)
    {
        foreach (var api in (string[])["api", "ajax-api"])
        {
            var uploads = app.MapGroup($"/mlflow/{{project}}/{api}/2.0/mlflow-artifacts/mpu").WithTags("MLflow artifacts").WithMaxBody(MaxBody);
            if (api != "api") uploads.ExcludeFromDescription();
            uploads.MapPost("/create/{**path}", Create).WithSummary("path!, num_parts (1 to 10,000): begins an upload in parts; each credential is where to PUT a part");
            uploads.MapPost("/complete/{**path}", Complete).WithSummary("path!, upload_id!, parts[{part_number!,etag!}]: makes the file of its parts");
            uploads.MapPost("/abort/{**path}", Abort).WithSummary("path!, upload_id!: removes the parts");
        }
    }

    internal static async Task<JsonHttpResult<BegunUpload>> Create(
        string project, string? path, MlflowArguments body, HttpRequest request, Caller caller, FileUploads uploads, SignedAddresses signed, IOptions<ArtifactsOptions> options,
        CancellationToken ct)
    {
        var place = PlaceOf(path, body);
        if (body.Integer("num_parts") is not (null or >= 1 and <= FileUploads.MostParts)) throw body.Wrong("num_parts", $"1 to {FileUploads.MostParts}");
        var (upload, rejected) = await uploads.BeginAsync(project, place, (int)(body.Integer("num_parts") ?? 1), caller, ct);
        if (rejected is not null) throw new RejectedException(rejected);
        var origin = PublicOrigin.Of(request);
        return MlflowJson.Answer(new BegunUpload(upload!.Id.ToString(), [.. Enumerable.Range(1, upload.Parts).Select(number =>
        {
            var address = SignedFileEndpoints.PartPath(project, upload.Id, number);
            return new PartCredential(origin + address + signed.Sign(HttpMethods.Put, address, options.Value.PartAddressLife), number, PartCredential.NoHeaders);
        })]));
    }

    internal static async Task<JsonHttpResult<MlflowNothing>> Complete(string project, string? path, MlflowArguments body, Caller caller, FileUploads uploads)
    {
        var place = PlaceOf(path, body);
        var parts = body.Items("parts").Select(part => new SentPart(part.RequiredInteger("part_number"), part.Required("etag"))).ToList();
        // It goes on when the caller has given up waiting, and is done when they ask again.
        return Answer(await uploads.CompleteAsync(project, place, IdOf(body), parts, caller, CancellationToken.None));
    }

    internal static async Task<JsonHttpResult<MlflowNothing>> Abort(string project, string? path, MlflowArguments body, FileUploads uploads, CancellationToken ct) =>
        Answer(await uploads.AbortAsync(project, PlaceOf(path, body), IdOf(body), ct));

    private static JsonHttpResult<MlflowNothing> Answer(Rejection? rejected) => rejected is null ? MlflowJson.Nothing : throw new RejectedException(rejected);

    private static string PlaceOf(string? folder, MlflowArguments body)
    {
        var local = body.Required("path");
        // Of Windows, too.
        var name = local[(local.LastIndexOfAny(['/', '\\']) + 1)..];
        if (name.Length == 0) throw body.Wrong("path", "the path of a file");
        return FileEndpoints.Checked(string.IsNullOrEmpty(folder) ? FilePath.Read(name) : FilePath.OfRoute($"{folder.TrimEnd('/')}/{name}"));
    }

    private static Guid IdOf(MlflowArguments body) => Guid.TryParse(body.Required("upload_id"), out var id) ? id : throw body.Wrong("upload_id", "the id that the upload began with");
}
