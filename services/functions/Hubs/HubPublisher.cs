using System.Text.Json;
using Mesh.Client;
using Mesh.Contracts;
using Mesh.Contracts.Functions;
using Mesh.Functions.Code;
using Mesh.Functions.Code.Git;
using Mesh.Functions.Definitions;
using Mesh.Functions.Queue;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Identity;

namespace Mesh.Functions.Hubs;

/// <summary>Makes versions of items of functions, in hubs that have no other source.</summary>
internal sealed class HubPublisher(HubShelf shelf, FunctionReader functions, GitRepositories git, GitSecrets secrets, JobMesh mesh)
{
    private const string Readme = "README.md";

    private static readonly JsonSerializerOptions Written = new(MeshJson.Strict) { WriteIndented = true };

    public async Task<(TeamItem? Item, bool IsNew, Rejection? Rejected)> PublishAsync(Caller caller, string project, string hub, PublishHubItem body, CancellationToken ct)
    {
        if (await shelf.FindAsync(project, hub, ct) is not { } found) return (null, false, HubDecider.Unknown(hub));
        if (found.Source is not null)
            return (null, false, Rejection.Conflict("hub.has-source", $"The items of '{hub}' come from its source; publish to a hub without one, or put the item into the source."));
        var reference = body.FunctionVersion ?? FunctionReader.Latest;
        var (function, version) = await functions.FindReferenceAsync(project, body.Function, reference, ct);
        if (function is null) return (null, false, FunctionEndpoints.Unknown(body.Function));
        if (version is null) return (null, false, FunctionEndpoints.UnknownReference(function, reference));
        var content = (await functions.ContentsAsync(project, [version.Hash], ct))[version.Hash];
        if (content.Kind != FunctionKind.Process)
            return (null, false, Rejection.Unprocessable("publish.kind", $"'{body.Function}' runs the built-in item '{content.Item}': there is nothing of its own to publish.", "function"));
        if (content.Distributed is not null)
            return (null, false, Rejection.Unprocessable("publish.kind", $"'{body.Function}' runs as several processes that work together, which items do not.", "function"));
        if (content.Spark is not null)
            return (null, false, Rejection.Unprocessable("publish.kind", $"'{body.Function}' is a Spark application, which items are not.", "function"));

        var folder = Directory.CreateTempSubdirectory("mesh-publish-");
        try
        {
            await LayOutAsync(project, content, folder.FullName, ct);
            var place = Path.Combine(folder.FullName, "item.json");
            await File.WriteAllTextAsync(place, JsonSerializer.Serialize(Manifest(body, content, folder.FullName), Written) + "\n", ct);
            var (item, faults) = await ItemFolder.ReadAsync(folder.FullName, folder.FullName, place, ct);
            return item is null ? (null, false, Refuse(faults[0])) : await shelf.AddAsync(caller, project, found, item, ct);
        }
        catch (AttemptFailedException e)
        {
            return (null, false, Rejection.Unprocessable("publish.code-gone", e.Message, "function"));
        }
        catch (MeshException e)
        {
            return (null, false, (int)e.Status is 404 or 410
                ? Rejection.Unprocessable("publish.code-gone", $"The code of the function is not in the artifacts of the project any more: {e.Message}", "function")
                : Rejection.Unavailable("hub.artifacts-away", $"The artifacts could not be asked: {e.Message}"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (null, false, Rejection.Unprocessable("publish.content", $"The files of the function cannot lie in one folder: {e.Message}", "function"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private async Task LayOutAsync(string project, FunctionContent content, string folder, CancellationToken ct)
    {
        if (content.Bundle is { } bundle)
        {
            using var client = mesh.OpenForRequest(project);
            await client.Project().Artifacts.DownloadFolderAsync(bundle.Key, folder, $"{bundle.Version}", ct: ct);
        }

        if (content.Git is { } source)
        {
            var (credential, unread) = await secrets.ReadAsync(project, source, ct);
            if (unread is not null) throw new AttemptFailedException(unread.Detail);
            await git.LayOutAsync(source, credential, folder, ct);
        }

        foreach (var file in content.Files)
        {
            var place = Path.GetFullPath(Path.Combine(folder, file.Path));
            Directory.CreateDirectory(Path.GetDirectoryName(place)!);
            // One of a repository may be a link that leads to another file.
            File.Delete(place);
            await File.WriteAllTextAsync(place, file.Content, ct);
        }

        foreach (var name in ItemFolder.ManifestNames) File.Delete(Path.Combine(folder, name));
    }

    private static HubManifest Manifest(PublishHubItem body, FunctionContent content, string folder) => new(
        body.Item ?? body.Function, body.Version, body.Description ?? content.Description ?? $"The function {body.Function}.", content.Command ?? [])
    {
        Categories = body.Categories,
        Doc = File.Exists(Path.Combine(folder, Readme)) ? Readme : null,
        Params = Params(content),
        Inputs = content.Inputs,
        Outputs = content.Outputs,
        Requirements = content.Requirements,
        Environment = content.Environment.Count > 0 ? content.Environment : null,
        Secrets = content.Secrets.Count > 0 ? content.Secrets : null,
        MaxAttempts = content.MaxAttempts,
        TimeoutSeconds = content.TimeoutSeconds,
        Example = body.Example,
    };

    /// <summary>What a job gets by default is the default of the param; a function that declares none takes any, and so an item of it names those that it knows.</summary>
    private static IReadOnlyList<ParamSpec>? Params(FunctionContent content)
    {
        var declared = content.ParamSpecs?.Select(spec => content.Params.TryGetValue(spec.Name, out var value) ? spec with { Default = value } : spec)
            ?? content.Params.Select(value => new ParamSpec(value.Key, Default: value.Value));
        return declared.ToList() is { Count: > 0 } specs ? specs : null;
    }

    private static Rejection Refuse(HubFault fault) => fault.Field switch
    {
        "version" => Rejection.Unprocessable("publish.version", $"'version' {fault.Message}", "version"),
        { } field when field.StartsWith("example", StringComparison.Ordinal) || field.StartsWith("categories", StringComparison.Ordinal) =>
            Rejection.Unprocessable("publish.manifest", $"'{field}' {fault.Message}", field),
        _ => Rejection.Unprocessable("publish.content", $"The function cannot be an item: {fault.Path}{(fault.Field is null ? "" : $", {fault.Field}")}: {fault.Message}", "function"),
    };
}
