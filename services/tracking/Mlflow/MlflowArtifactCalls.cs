using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Clients;
using Mesh.Hosting.Mlflow;
using Mesh.Tracking.Experiments;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Mesh.Tracking.Mlflow;

/// <summary>Files of runs, which the artifacts service keeps: their list, and the download by run and path.</summary>
internal sealed class MlflowArtifactCalls([FromKeyedServices("tracking")] ServiceClient services, MlflowWriter runs, ExperimentDirectory experiments)
{
    private const int PageSize = 1000;

    internal async Task<JsonHttpResult<MlflowFiles>> ListAsync(string project, MlflowArguments arguments, CancellationToken ct)
    {
        var (root, folder) = await PlaceAsync(project, arguments, ct);
        var path = arguments.Text("path")?.Trim('/') ?? "";
        var below = path.Length == 0 ? folder : $"{folder}/{Plain(path)}";
        var after = arguments.Text("page_token") is { Length: > 0 } token ? $"&after={Uri.EscapeDataString(token)}" : "";
        var found = await services.GetAsync<FileListing>(
            "artifacts", $"/internal/projects/{project}/files?path={Uri.EscapeDataString(below)}&limit={PageSize}{after}", project, ct);
        var prefix = path.Length == 0 ? "" : $"{path}/";
        return MlflowJson.Answer(new MlflowFiles(
            root, found.Entries.Select(entry => new MlflowFile(prefix + entry.Name, entry.IsFolder, entry.Size)).ToList().OrAbsent(), found.Next));
    }

    /// <summary><c>GET /get-artifact?run_id=&amp;path=</c>: streamed through, as older clients download.</summary>
    internal async Task GetAsync(string project, MlflowArguments arguments, HttpContext context)
    {
        var ct = context.RequestAborted;
        var (_, folder) = await PlaceAsync(project, arguments, ct);
        var path = Plain(arguments.Required("path").Trim('/'));
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/internal/projects/{project}/files/content?path={Uri.EscapeDataString($"{folder}/{path}")}");
        HttpResponseMessage answer;
        try
        {
            answer = await services.SendAsync(request, "artifacts", project, ct);
        }
        catch (ServiceCallException e) when (!e.IsOutage)
        {
            throw MlflowRefusal.NotFound($"No such artifact: '{path}'.");
        }

        using (answer)
        {
            var response = context.Response;
            response.ContentType = answer.Content.Headers.ContentType?.ToString();
            response.ContentLength = answer.Content.Headers.ContentLength;
            response.Headers.XContentTypeOptions = "nosniff";
            response.Headers.ContentDisposition = answer.Content.Headers.ContentDisposition?.ToString();
            await answer.Content.CopyToAsync(response.Body, ct);
        }
    }

    private async Task<(string Root, string Folder)> PlaceAsync(string project, MlflowArguments arguments, CancellationToken ct)
    {
        var run = await runs.FindAsync(project, MlflowIds.Run(arguments), ct);
        var root = MlflowIds.ArtifactUri(run, (await experiments.FindAsync(project, run.ExperimentId, ct))?.ArtifactLocation);
        return MlflowIds.Folder(root) is { } folder ? (root, folder) : throw MlflowRefusal.Invalid($"The files of this run are not kept here but at {root}: its clients read them there.");
    }

    private static string Plain(string path) => path.Split('/').Any(part => part is "" or "." or "..") || path.Contains('\\', StringComparison.Ordinal)
        ? throw MlflowRefusal.Invalid("Invalid path: its parts must not be empty, '.' or '..'.")
        : path;
}
