using System.Text.Json;
using System.Text.Json.Nodes;

namespace Mesh.Cli.Tracking.Import;

/// <summary>
/// Takes the logged models of an experiment over, behind its runs. A model carries its id at the source as a tag, and gets its status last: one that is still pending here
/// broke off, and goes on.
/// </summary>
/// <param name="runs">The ids here of runs by those at the source.</param>
internal sealed class ModelImport(IModelSource source, MlflowProtocol target, bool dryRun, ImportSummary summary, IReadOnlyDictionary<string, string> runs)
{
    private const int Pairs = 100;
    private const string Pending = "LOGGED_MODEL_PENDING";

    private readonly Dictionary<string, string> _taken = new(StringComparer.Ordinal);

    /// <summary>Takes the models of an experiment.</summary>
    /// <param name="here">The experiment's id here; null with a dry run, where there is none.</param>
    public async Task TakeAsync(SourceExperiment experiment, string? here, CancellationToken ct)
    {
        Dictionary<string, JsonElement>? known = null;
        await foreach (var model in source.ModelsAsync(experiment, ct))
        {
            known ??= here is null ? [] : await KnownAsync(here, ct);
            var found = known.GetValueOrDefault(model.Id);
            if (found.Part("info").Text("model_id") is { } id) _taken[model.Id] = id;
            if (found.Part("info").Text("status") is { } status && status != Pending) continue;
            summary.Models++;
            if (dryRun) continue;
            await TryAsync(model, "logged model", async () => await TakeAsync(model, here!, found, ct));
        }
    }

    /// <summary>Whether a model of the source is here.</summary>
    public bool Has(string model) => _taken.ContainsKey(model);

    /// <summary>Tells which models a run has as outputs. Harmless when repeated.</summary>
    public async Task LinkAsync(SourceRun run, string here, CancellationToken ct)
    {
        var outputs = run.Outputs.Where(output => _taken.ContainsKey(output.Model))
            .Select(output => (JsonNode)new JsonObject { ["model_id"] = _taken[output.Model], ["step"] = output.Step }).ToArray();
        if (outputs.Length > 0) await target.PostAsync("runs/outputs", new JsonObject { ["run_id"] = here, ["models"] = new JsonArray(outputs) }, ct);
    }

    private async Task<Dictionary<string, JsonElement>> KnownAsync(string experiment, CancellationToken ct)
    {
        var known = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        await foreach (var model in MlflowServerSource.ListModelsAsync(target, experiment, ct))
            if (model.Part("info").Pairs("tags").TryGetValue(ImportTags.From, out var from)) known[from] = model;
        return known;
    }

    private async Task TakeAsync(SourceModel model, string experiment, JsonElement found, CancellationToken ct)
    {
        var here = found.ValueKind == JsonValueKind.Object ? found : await CreateAsync(model, experiment, ct);
        var (id, folder) = (here.Part("info").Text("model_id")!, MlflowServerSource.FolderOf(here.Part("info").Text("artifact_uri") ?? ""));
        _taken[model.Id] = id;
        foreach (var part in model.Params.Skip(Pairs).Chunk(Pairs))
            await target.PostAsync($"logged-models/{id}/params", new JsonObject { ["params"] = MlflowWords.Pairs(part) }, ct);
        foreach (var part in model.Tags.Where(tag => !ImportTags.IsOwn(tag.Key)).Skip(Pairs - 1).Chunk(Pairs))
            await target.PatchAsync($"logged-models/{id}/tags", new JsonObject { ["tags"] = MlflowWords.Pairs(part) }, ct);
        var refused = summary.Untaken.Count;
        await FilesAsync(model, folder, ct);
        if (model.Status == Pending || summary.Untaken.Count > refused) return;
        await target.PatchAsync($"logged-models/{id}", new JsonObject { ["status"] = model.Status }, ct);
    }

    private async Task<JsonElement> CreateAsync(SourceModel model, string experiment, CancellationToken ct)
    {
        var tags = model.Tags.Where(tag => !ImportTags.IsOwn(tag.Key)).Take(Pairs - 1).Append(new(ImportTags.From, model.Id));
        var body = new JsonObject
        {
            ["experiment_id"] = experiment,
            ["name"] = model.Name,
            ["params"] = MlflowWords.Pairs(model.Params.Take(Pairs)),
            ["tags"] = MlflowWords.Pairs(tags),
        };
        if (model.Type is not null) body["model_type"] = model.Type;
        if (model.Run is not null && runs.TryGetValue(model.Run, out var run)) body["source_run_id"] = run;
        return (await target.PostAsync("logged-models", body, ct)).Part("model");
    }

    private async Task FilesAsync(SourceModel model, string? folder, CancellationToken ct)
    {
        if (source.Files(model, ct) is not { } files || folder is null)
        {
            summary.Untaken.Add(new Untaken(model.Id, "files", folder is null ? "files of this experiment are kept elsewhere" : $"they are at {model.Location}"));
            return;
        }

        var sizes = new Dictionary<string, long>(StringComparer.Ordinal);
        await foreach (var file in target.ListFilesAsync(folder, ct)) sizes[file.Path] = file.Size;
        await foreach (var file in files)
        {
            if (sizes.TryGetValue(file.Path, out var size) && size == file.Size) continue;
            await TryAsync(model, $"file {file.Path}", () => MlflowProtocol.InsistAsync(() => CopyAsync(model, folder, file, ct), ct));
        }
    }

    private async Task<SourceFile> CopyAsync(SourceModel model, string folder, SourceFile file, CancellationToken ct)
    {
        await using var content = await source.OpenAsync(model, file, ct);
        await target.UploadAsync($"{folder}/{file.Path}", content, file.Size, ct);
        summary.Files++;
        summary.Bytes += file.Size;
        return file;
    }

    private async Task TryAsync(SourceModel model, string what, Func<Task> step)
    {
        try
        {
            await step();
        }
        catch (MlflowException e) when (!e.IsOutage && !e.IsAccess)
        {
            summary.Untaken.Add(new Untaken(model.Id, what, e.Message));
        }
    }
}
