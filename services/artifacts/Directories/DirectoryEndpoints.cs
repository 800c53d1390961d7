using Mesh.Artifacts.Artifacts;
using Mesh.Artifacts.Blobs;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Net.Http.Headers;

namespace Mesh.Artifacts.Directories;

/// <summary>The files of directories over HTTP, below <c>…/artifacts/{key}/versions/{version}/files</c>.</summary>
internal static class DirectoryEndpoints
{
    /// <summary>The media type of a version that is a directory, if whoever made it says nothing.</summary>
    public const string MediaType = "application/vnd.mesh.directory";

    private static readonly FileExtensionContentTypeProvider Types = new();

    private sealed record AfterPath(string Path);

    public static void MapDirectories(this IEndpointRouteBuilder app)
    {
        var files = app.MapGroup("/api/v1/projects/{project}/artifacts/{key}/versions/{version}").WithTags("Artifacts");
        files.MapGet("/files", List).WithName("ListArtifactFiles").WithSummary("Lists the files of a directory by path; with path, those below a folder.");
        files.MapGet("/files/content", Get).WithName("DownloadArtifactFile").WithSummary("Downloads one file of a directory, whole or by Range.");
        files.MapMethods("/files/content", ["HEAD"], Get).WithName("HeadArtifactFile").WithSummary("Says what a download would answer.");
    }

    internal static async Task<Results<Ok<Page<DirectoryFile>>, ProblemHttpResult>> List(
        string project, string key, string version, string? path, PageRequest page, ArtifactLog log, DirectoryFiles files, CancellationToken ct)
    {
        var after = page.After<AfterPath>()?.Path;
        var (found, rejected) = await FindAsync(log, project, key, version, ct);
        if (found is null) return rejected!.ToProblem();
        var folder = path?.TrimEnd('/') ?? "";
        if (folder.Length > 0 && DirectoryPath.Check(folder) is { } refusal) return refusal.ToProblem();
        var rows = await files.ListAsync(project, found.Digest, folder, after, page.Limit + 1, ct);
        return TypedResults.Ok(page.ToPage(rows, file => new AfterPath(file.Path)));
    }

    internal static async Task<Results<FileStreamHttpResult, ProblemHttpResult>> Get(
        string project, string key, string version, string path, HttpResponse response, ArtifactLog log, DirectoryFiles files, BlobLedger ledger, CancellationToken ct)
    {
        var (found, rejected) = await FindAsync(log, project, key, version, ct);
        if (found is null) return rejected!.ToProblem();
        if (DirectoryPath.Check(path) is { } refusal) return refusal.ToProblem();
        if (await files.FindAsync(project, found.Digest, path, ct) is not { } file)
            return Rejection.NotFound("directory.file-unknown", "There is no such file in this version.").ToProblem();
        var content = await ledger.OpenAsync(project, file.Digest, ct) ?? throw new InvalidOperationException($"The file '{file.Path}' of '{found.Key}' has no blob.");
        var name = path[(path.LastIndexOf('/') + 1)..];
        return response.Send(content, file.Digest, Types.TryGetContentType(name, out var type) ? type : "application/octet-stream", name);
    }

    /// <summary>Answers with all files of a directory, packed while they are sent: a tar with ranges, a zip whole. Conditions work for both.</summary>
    internal static async Task<Results<FileStreamHttpResult, PushStreamHttpResult, ProblemHttpResult>> SendArchive(
        string project, LoggedVersion version, string? format, HttpContext context, ArchiveSender archives)
    {
        if (format is not (null or "zip" or "tar")) return Rejection.Malformed("archive.format-unknown", "The format must be zip or tar.", "format").ToProblem();
        var (type, ending) = format is "tar" ? ("application/x-tar", "tar") : ("application/zip", "zip");
        var headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers.CacheControl = "private, no-cache";
        headers.ContentDisposition = DownloadName.Disposition(type, $"{(version.FileName ?? version.Key[(version.Key.LastIndexOf('/') + 1)..])}.{ending}");
        if (format is "tar")
        {
            var tar = await archives.TarAsync(project, version.Digest, context.RequestAborted);
            return TypedResults.Stream(tar, type, entityTag: Tag(ArchiveSender.TarTag(version.Digest)), enableRangeProcessing: true);
        }

        // The length of a zip is not known before the last file is packed.
        headers.AcceptRanges = "none";
        var isHead = HttpMethods.IsHead(context.Request.Method);
        return TypedResults.Stream(
            target => isHead ? Task.CompletedTask : archives.ZipAsync(target, project, version.Digest, context.RequestAborted), type, entityTag: Tag(ArchiveSender.ZipTag(version.Digest)));
    }

    private static EntityTagHeaderValue Tag(string tag) => new($"\"{tag}\"");

    private static async Task<(LoggedVersion? Version, Rejection? Rejected)> FindAsync(ArtifactLog log, string project, string key, string version, CancellationToken ct)
    {
        var (found, rejected) = await log.ResolveAsync(project, ArtifactKey.Decode(key), version, ct);
        return found is null or { Kind: ArtifactKind.Directory }
            ? (found, rejected)
            : (null, Rejection.Unprocessable("artifact.not-a-directory", "This version is one file, not a directory.", "version"));
    }
}
