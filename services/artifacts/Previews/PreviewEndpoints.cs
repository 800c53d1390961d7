using Mesh.Artifacts.Artifacts;
using Mesh.Artifacts.Blobs;
using Mesh.Artifacts.Directories;
using Mesh.Artifacts.Sources;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Net.Http.Headers;

namespace Mesh.Artifacts.Previews;

/// <summary>Shows as much of a version as is to look at, never more than a stated size, and nothing that could run with the origin of the platform.</summary>
internal static class PreviewEndpoints
{
    private const int MostText = 64 << 10;
    private const int MostTable = 1 << 20;
    private const int MostFiles = 100;

    private static readonly FileExtensionContentTypeProvider Types = new();

    /// <summary>What is to be shown: a version that is a file, or a file of a directory.</summary>
    private sealed record Subject(LoggedVersion Version, string Digest, long Size, string MediaType, string? FileName);

    public static void MapPreviews(this IEndpointRouteBuilder app)
    {
        var versions = app.MapGroup("/api/v1/projects/{project}/artifacts/{key}/versions/{version}").WithTags("Artifacts");
        versions.MapGet("/preview", Get).WithName("PreviewArtifact").WithSummary("Shows the beginning of a version, or of one file of a directory: text, rows, a chart, or where its picture is.");
        versions.MapGet("/preview/content", Show).WithName("ShowArtifact").WithSummary("Shows a picture, or HTML and SVG in a sandbox where no script runs.");
    }

    internal static async Task<Results<Ok<ArtifactPreview>, ProblemHttpResult>> Get(
        string project, string key, string version, string? path, ArtifactLog log, DirectoryFiles files, VersionContent contents, CancellationToken ct)
    {
        var (subject, rejected) = await FindAsync(project, key, version, path, log, files, ct);
        if (subject is null) return rejected!.ToProblem();
        var preview = new ArtifactPreview(PreviewKind.None, subject.Version.Key, subject.Version.Version, subject.MediaType, subject.Size);
        if (subject.Version.Kind is ArtifactKind.Directory && path is null)
        {
            var first = await files.ListAsync(project, subject.Digest, "", null, MostFiles + 1, ct);
            return TypedResults.Ok(preview with { Kind = PreviewKind.Files, Files = [.. first.Take(MostFiles)], IsCut = first.Count > MostFiles });
        }

        var head = await HeadAsync(project, subject, MostText, contents, ct);
        var address = $"/api/v1/projects/{project}/artifacts/{ArtifactKey.Encode(subject.Version.Key)}/versions/{subject.Version.Version}/preview/content{(path is null ? "" : $"?path={Uri.EscapeDataString(path)}")}";
        if (Picture.TypeOf(head) is { } picture)
        {
            return TypedResults.Ok(subject.Size > Picture.Most
                ? preview with { Reason = $"The picture has more than {Picture.Most} bytes." }
                : preview with { Kind = PreviewKind.Image, ContentType = picture, Content = address });
        }

        if (IsDocument(subject.MediaType)) return TypedResults.Ok(preview with { Kind = PreviewKind.Sandboxed, Content = address });
        if (subject.MediaType.StartsWith("image/", StringComparison.OrdinalIgnoreCase)) return TypedResults.Ok(preview with { Reason = "It does not begin as a picture that can be shown does." });
        var isCut = subject.Size > head.Length;
        if (TextHead.Of(head, isCut) is not { } text) return TypedResults.Ok(preview with { Reason = "It is not text in UTF-8." });
        if (SeparatorOf(subject) is { } separator)
        {
            var more = isCut ? await HeadAsync(project, subject, MostTable, contents, ct) : head;
            var rows = TableHead.Read(TextHead.Of(more, subject.Size > more.Length) ?? text, separator, subject.Size > more.Length, out var hasMore);
            if (rows.Count > 0) return TypedResults.Ok(preview with { Kind = PreviewKind.Table, Columns = rows[0], Rows = rows[1..], IsCut = hasMore });
        }

        string? reason = null;
        if (IsJson(subject.MediaType) && subject.Size <= Chart.Most)
        {
            (var chart, reason) = Chart.Read(isCut ? await HeadAsync(project, subject, (int)Chart.Most, contents, ct) : head, project);
            if (chart is not null) return TypedResults.Ok(preview with { Kind = PreviewKind.Chart, Chart = chart });
        }

        return TypedResults.Ok(preview with { Kind = PreviewKind.Text, Text = text, IsCut = isCut, Reason = reason });
    }

    internal static async Task<Results<FileStreamHttpResult, ProblemHttpResult>> Show(
        string project, string key, string version, string? path, HttpResponse response, ArtifactLog log, DirectoryFiles files, VersionContent contents, CancellationToken ct)
    {
        var (subject, rejected) = await FindAsync(project, key, version, path, log, files, ct);
        if (subject is null) return rejected!.ToProblem();
        var type = subject.Version.Kind is ArtifactKind.Directory && path is null ? null : Picture.TypeOf(await HeadAsync(project, subject, 16, contents, ct));
        if (type is null && IsDocument(subject.MediaType)) type = subject.MediaType;
        if (type is null) return Rejection.Unprocessable("preview.not-shown", "Only pictures, HTML and SVG are shown as they are. Download it instead.").ToProblem();
        if (subject.Size > Picture.Most) return Rejection.Unprocessable("preview.too-large", $"What is shown has at most {Picture.Most} bytes. Download it instead.").ToProblem();
        var content = await OpenAsync(project, subject, contents, ct);
        var answer = response.Send(content, subject.Digest, type, subject.FileName);
        // The sandbox gives it an origin of its own and lets no script run, nothing be fetched, and no form be sent.
        response.Headers.ContentSecurityPolicy = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:";
        response.Headers.ContentDisposition = "inline";
        return answer;
    }

    private static async Task<(Subject? Subject, Rejection? Rejected)> FindAsync(
        string project, string key, string version, string? path, ArtifactLog log, DirectoryFiles files, CancellationToken ct)
    {
        var (found, rejected) = await log.ResolveAsync(project, ArtifactKey.Decode(key), version, ct);
        if (found is null) return (null, rejected);
        if (path is null) return (new Subject(found, found.Digest, found.Size, TypeOf(found.ContentType, found.FileName ?? found.Key), found.FileName), null);
        if (found.Kind is not ArtifactKind.Directory) return (null, Rejection.Unprocessable("artifact.not-a-directory", "This version is one file, not a directory.", "path"));
        if (DirectoryPath.Check(path) is { } refusal) return (null, refusal);
        if (await files.FindAsync(project, found.Digest, path, ct) is not { } file) return (null, Rejection.NotFound("directory.file-unknown", "There is no such file in this version."));
        return (new Subject(found, file.Digest, file.Size, TypeOf(null, file.Path), path[(path.LastIndexOf('/') + 1)..]), null);
    }

    // What came as mere bytes is what its name says.
    private static string TypeOf(string? contentType, string name)
    {
        var type = MediaTypeHeaderValue.TryParse(contentType, out var parsed) ? parsed.MediaType.Value! : "application/octet-stream";
        if (type != "application/octet-stream") return type;
        return Types.TryGetContentType(name, out var known) ? known : type;
    }

    private static async Task<byte[]> HeadAsync(string project, Subject subject, int most, VersionContent contents, CancellationToken ct)
    {
        await using var content = await OpenAsync(project, subject, contents, ct);
        var head = new byte[Math.Min(most, subject.Size)];
        await content.ReadExactlyAsync(head, ct);
        return head;
    }

    private static Task<Stream> OpenAsync(string project, Subject subject, VersionContent contents, CancellationToken ct) =>
        contents.OpenAsync(project, subject.Version with { Digest = subject.Digest }, ct);

    private static bool IsDocument(string mediaType) => mediaType.ToLowerInvariant() is "text/html" or "application/xhtml+xml" or "image/svg+xml";

    private static bool IsJson(string mediaType) => mediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase) || mediaType.EndsWith("+json", StringComparison.OrdinalIgnoreCase);

    private static char? SeparatorOf(Subject subject) => subject.MediaType.ToLowerInvariant() switch
    {
        "text/csv" => ',',
        "text/tab-separated-values" => '\t',
        _ when Path.GetExtension(subject.FileName ?? subject.Version.Key).ToLowerInvariant() is ".csv" => ',',
        _ when Path.GetExtension(subject.FileName ?? subject.Version.Key).ToLowerInvariant() is ".tsv" => '\t',
        _ => null,
    };
}
