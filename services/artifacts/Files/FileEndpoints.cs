using Mesh.Artifacts.Blobs;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Http;
using Mesh.Hosting.Identity;
using Mesh.Hosting.Mlflow;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.StaticFiles;

namespace Mesh.Artifacts.Files;

/// <summary>
/// The proxied artifacts of the MLflow protocol: <c>/mlflow/{project}/api/2.0/mlflow-artifacts/artifacts/{path}</c>. What they answer is that protocol's.
/// </summary>
internal static class FileEndpoints
{
    private const int MostEntries = 100_000;
    private static readonly FileExtensionContentTypeProvider Types = new();

    public static void MapFiles(this IEndpointRouteBuilder app)
    {
        foreach (var api in (string[])["api", "ajax-api"])
        {
            var files = app.MapGroup($"/mlflow/{{project}}/{api}/2.0/mlflow-artifacts").WithTags("MLflow artifacts");
            if (api != "api") files.ExcludeFromDescription();
            files.MapGet("/artifacts", List).WithSummary("path: what is right in a folder");
            files.MapGet("/artifacts/{**path}", Get).WithSummary("Downloads a file, whole or by Range");
            files.MapPut("/artifacts/{**path}", Put).StreamsBody().WithSummary("Writes a file: the raw bytes").Accepts<Stream>("application/octet-stream", "*/*");
            files.MapDelete("/artifacts/{**path}", Delete).WithSummary("Deletes a file, or a folder with all that is in it");
        }
    }

    /// <summary>For the services that show and purge files.</summary>
    public static void MapInternalFiles(this IEndpointRouteBuilder inside)
    {
        inside.MapGet("/projects/{project}/files", ListInside);
        inside.MapGet("/projects/{project}/files/content", GetInside);
        inside.MapDelete("/projects/{project}/files", DeleteInside);
    }

    /// <summary>A folder as the protocol shows it.</summary>
    internal sealed record Folder(
        [property: System.Text.Json.Serialization.JsonPropertyName("files"), System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull)]
        IReadOnlyList<Entry>? Files);

    /// <summary>What is in it.</summary>
    internal sealed record Entry(
        [property: System.Text.Json.Serialization.JsonPropertyName("path")] string Path,
        [property: System.Text.Json.Serialization.JsonPropertyName("is_dir")] bool IsDir,
        [property: System.Text.Json.Serialization.JsonPropertyName("file_size"), System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull)]
        long? FileSize);

    internal sealed record Nothing;

    internal static async Task<Ok<Folder>> List(string project, string? path, FileTree files, CancellationToken ct)
    {
        var folder = "";
        if (!string.IsNullOrEmpty(path))
        {
            (folder, var rejected) = FilePath.Read(path);
            if (rejected is not null) throw new RejectedException(rejected);
        }

        var entries = await files.ListAsync(project, folder, null, MostEntries, ct);
        return TypedResults.Ok(new Folder(entries.Count == 0 ? null : [.. entries.Select(entry => new Entry(entry.Name, entry.IsFolder, entry.Size))]));
    }

    internal static async Task<FileStreamHttpResult> Get(string project, string path, HttpResponse response, FileTree files, BlobLedger ledger, CancellationToken ct) =>
        await SendAsync(project, Checked(FilePath.OfRoute(path)), response, files, ledger, ct);

    internal static async Task<Ok<Nothing>> Put(
        string project, string path, HttpRequest request, Caller caller, BlobIntake intake, FileTree files, CancellationToken ct)
    {
        var place = Checked(FilePath.OfRoute(path));
        var (blob, _, rejected) = await intake.ReceiveAsync(request, project, caller, null, ct);
        rejected ??= await files.PutAsync(project, place, blob!, caller.Name, ct);
        return rejected is null ? TypedResults.Ok(new Nothing()) : throw new RejectedException(rejected);
    }

    internal static async Task<Ok<Nothing>> Delete(string project, string path, FileTree files, CancellationToken ct)
    {
        var place = Checked(FilePath.OfRoute(path));
        return await files.DeleteAsync(project, [place], ct) > 0 ? TypedResults.Ok(new Nothing()) : throw Missing(place);
    }

    internal static async Task<Ok<FileListing>> ListInside(string project, string? path, string? after, int? limit, FileTree files, CancellationToken ct)
    {
        var most = Math.Clamp(limit ?? 1000, 1, MostEntries);
        var entries = await files.ListAsync(project, path ?? "", after, most + 1, ct);
        return TypedResults.Ok(entries.Count > most ? new FileListing([.. entries.Take(most)], entries[most - 1].Name) : new FileListing(entries, null));
    }

    internal static Task<FileStreamHttpResult> GetInside(string project, string path, HttpResponse response, FileTree files, BlobLedger ledger, CancellationToken ct) =>
        SendAsync(project, Checked(FilePath.Read(path)), response, files, ledger, ct);

    internal static async Task<NoContent> DeleteInside(string project, [FromQuery] string[] path, FileTree files, CancellationToken ct)
    {
        await files.DeleteAsync(project, [.. path.Select(each => Checked(FilePath.Read(each)))], ct);
        return TypedResults.NoContent();
    }

    private static async Task<FileStreamHttpResult> SendAsync(string project, string path, HttpResponse response, FileTree files, BlobLedger ledger, CancellationToken ct)
    {
        if (await files.FindAsync(project, path, ct) is not { } content || await ledger.OpenAsync(project, content.Digest, ct) is not { } stream) throw Missing(path);
        var name = path[(path.LastIndexOf('/') + 1)..];
        return response.SendFile(stream, content.Digest, name);
    }

    /// <summary>Answers with a file under its name.</summary>
    internal static FileStreamHttpResult SendFile(this HttpResponse response, Stream stream, string digest, string name)
    {
        var answer = response.Send(stream, digest, Types.TryGetContentType(name, out var type) ? type : "application/octet-stream", name);
        // Clients save what they asked for; nothing of it is shown by a browser.
        response.Headers.ContentDisposition = DownloadName.Disposition("application/octet-stream", name);
        return answer;
    }

    internal static string Checked((string Path, Mesh.Hosting.Decisions.Rejection? Rejected) read) => read.Rejected is { } rejected ? throw new RejectedException(rejected) : read.Path;

    internal static RejectedException Missing(string path) => new(MlflowError.Of(MlflowError.ResourceDoesNotExist, $"No such artifact: '{path}'."));
}
