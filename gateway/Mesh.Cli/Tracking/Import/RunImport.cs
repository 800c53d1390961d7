using System.Globalization;
using System.Text.Json.Nodes;
using Mesh.Contracts;

namespace Mesh.Cli.Tracking.Import;

/// <summary>
/// Takes runs over from a source, by the MLflow protocol. It can be broken off at any point and begun again: each run carries its id at the source as a
/// tag, and only what is not there yet is written. What the mesh refuses is told in the summary, and the rest goes on.
/// </summary>
/// <param name="whole">What else belongs to a run; called before its end is told.</param>
/// <param name="withDeleted">Whether what was deleted at the source comes over too, deleted.</param>
internal sealed class RunImport(
    IRunSource source, MlflowProtocol target, bool dryRun, Action<string> say, Func<SourceRun, string, CancellationToken, Task>? whole = null, bool withDeleted = true)
{
    private const int Batch = 1000;
    private const int Pairs = 100;
    private const int ParamLength = 6000;
    private const int TagLength = 8000;

    private readonly TargetRuns _runs = new(target);
    private readonly Dictionary<string, string> _taken = new(StringComparer.Ordinal);
    private readonly ImportSummary _summary = new() { DryRun = dryRun };

    /// <summary>Imports the experiments of these names, or all.</summary>
    public async Task<ImportSummary> RunAsync(IReadOnlyList<string> names, CancellationToken ct)
    {
        foreach (var experiment in await source.ExperimentsAsync(names, ct))
        {
            if (experiment.Deleted && !withDeleted) continue;
            var found = await _runs.FindExperimentAsync(experiment.Name, ct);
            if (found is { Deleted: true })
            {
                // It is deleted last, when it is whole.
                if (experiment.Deleted) continue;
                _summary.Untaken.Add(new Untaken(experiment.Name, "experiment", "an experiment of this name was deleted here; restore or rename it"));
                continue;
            }

            var id = found?.Id ?? (dryRun ? null : await CreateAsync(experiment, ct));
            if (id is null && !dryRun) continue;
            var known = found is null ? [] : await _runs.KnownAsync(found.Value.Id, ct);
            foreach (var (from, run) in known) _taken[from] = run.Id;
            _summary.Experiments++;
            // One that was here before the import keeps its place: of the deleted one only the runs are deleted.
            var goes = experiment.Deleted && found is null or { Imported: true };
            List<(SourceRun Run, bool IsNew)> linked = [];
            List<SourceRun> deleted = [];
            await foreach (var run in source.RunsAsync(experiment, ct))
            {
                if (run.Deleted && !withDeleted) continue;
                var there = known.GetValueOrDefault(run.Id);
                await TakeAsync(id, run, there, goes, ct);
                if (there is { Deleted: true }) continue;
                if (run.Outputs.Count > 0) linked.Add((run, there?.State != run.Fingerprint));
                // One that was deleted by an earlier import and is in sight was restored here.
                if (run.Deleted && !goes && there?.State != run.Fingerprint) deleted.Add(run);
                var runs = _summary.Created + _summary.Continued + _summary.Unchanged;
                say(string.Create(CultureInfo.InvariantCulture, $"{experiment.Name}: {runs:N0} runs, {_summary.Points:N0} points"));
            }

            await ModelsAsync(experiment, id, linked, ct);
            if (source is ITraceSource traces) await new TraceImport(traces, target, dryRun, _summary, _taken).TakeAsync(experiment, id, ct);
            if (dryRun) continue;
            foreach (var run in deleted) await DeleteAsync(run, ct);
            if (goes && id is not null) await _runs.DeleteExperimentAsync(id, ct);
        }

        return _summary;
    }

    private async Task ModelsAsync(SourceExperiment experiment, string? here, List<(SourceRun Run, bool IsNew)> linked, CancellationToken ct)
    {
        if (source is not IModelSource models) return;
        var import = new ModelImport(models, target, dryRun, _summary, _taken);
        await import.TakeAsync(experiment, here, ct);
        if (dryRun) return;
        foreach (var (run, isNew) in linked)
        {
            if (_taken.TryGetValue(run.Id, out var there)) await TryAsync(run, "outputs", () => import.LinkAsync(run, there, ct));
            foreach (var output in run.Outputs.Where(output => isNew && !import.Has(output.Model))) Note(run, $"output {output.Model}", "there is no such logged model");
        }
    }

    // Last, when all else of the run is here: a deleted one takes nothing more.
    private async Task DeleteAsync(SourceRun run, CancellationToken ct)
    {
        if (!_taken.TryGetValue(run.Id, out var here)) return;
        await MarkAsync(run, here, ct);
        if (await TryAsync(run, "deletion", () => target.PostAsync("runs/delete", new JsonObject { ["run_id"] = here }, ct))) _summary.Deleted++;
    }

    private Task MarkAsync(SourceRun run, string here, CancellationToken ct) =>
        target.PostAsync("runs/set-tag", new JsonObject { ["run_id"] = here, ["key"] = ImportTags.State, ["value"] = run.Fingerprint }, ct);

    private async Task<string?> CreateAsync(SourceExperiment experiment, CancellationToken ct)
    {
        try
        {
            return await _runs.CreateExperimentAsync(experiment, ct);
        }
        catch (MlflowException e) when (!e.IsOutage && !e.IsAccess)
        {
            _summary.Untaken.Add(new Untaken(experiment.Name, "experiment", e.Message));
            return null;
        }
    }

    private async Task TakeAsync(string? experiment, SourceRun run, TargetRun? known, bool goesWithExperiment, CancellationToken ct)
    {
        if (known is { Deleted: true })
        {
            if (run.Deleted) _summary.Unchanged++;
            else Note(run, "run", "it was deleted here since an earlier import");
            return;
        }

        if (known is not null && known.State == run.Fingerprint)
        {
            _summary.Unchanged++;
            return;
        }

        if (known is null) _summary.Created++;
        else _summary.Continued++;
        foreach (var (what, why) in run.Untaken) Note(run, what, why);
        var refused = _summary.Untaken.Count;
        if (dryRun)
        {
            _summary.Params += run.Params.Count;
            _summary.Inputs += run.Datasets.Count;
            return;
        }

        var tags = TagsOf(run);
        var here = known ?? await TryAsync(run, "run", () => CreateAsync(experiment!, run, tags, ct));
        if (here is null) return;
        _taken[run.Id] = here.Id;
        await PairsAsync(run, here, tags, ct);
        await PointsAsync(run, here, known is not null, ct);
        if (run.Datasets.Count > 0) await InputsAsync(run, here, ct);
        await FilesAsync(run, here, known is not null, ct);
        if (whole is not null) await whole(run, here.Id, ct);
        await EndAsync(run, here, ct);
        // A run at work goes on, what was refused is told again next time, and one that is to be deleted is not whole before.
        var isAtWork = run.Status is "RUNNING" or "SCHEDULED" && !run.Deleted;
        if (isAtWork || _summary.Untaken.Count > refused || (run.Deleted && !goesWithExperiment)) return;
        await MarkAsync(run, here.Id, ct);
    }

    private async Task<TargetRun> CreateAsync(string experiment, SourceRun run, Dictionary<string, string> tags, CancellationToken ct)
    {
        // Those of the protocol itself first: the server reads some when it makes the run.
        var first = tags.OrderBy(tag => tag.Key.StartsWith("mlflow.", StringComparison.Ordinal) ? 0 : 1).Take(Pairs - 1);
        var answer = await target.PostAsync(
            "runs/create",
            new JsonObject
            {
                ["experiment_id"] = experiment,
                ["run_name"] = run.Name ?? run.Tags.GetValueOrDefault(ImportTags.RunName) ?? run.Id,
                ["user_id"] = run.User,
                ["start_time"] = run.Start,
                ["tags"] = MlflowWords.Pairs(first.Append(new(ImportTags.From, run.Id))),
            },
            ct);
        return TargetRun.Read(answer.Part("run"));
    }

    private Dictionary<string, string> TagsOf(SourceRun run)
    {
        var tags = Sound(run, "tag", run.Tags.Where(tag => tag.Key != ImportTags.RunName && !ImportTags.IsOwn(tag.Key)), TagLength);
        if (tags.TryGetValue(ImportTags.Parent, out var parent) && _taken.TryGetValue(parent, out var here)) tags[ImportTags.Parent] = here;
        return tags;
    }

    private async Task PairsAsync(SourceRun run, TargetRun here, Dictionary<string, string> tags, CancellationToken ct)
    {
        var values = Sound(run, "param", run.Params, ParamLength).Where(param => here.Params.GetValueOrDefault(param.Key) != param.Value).ToList();
        foreach (var part in values.Chunk(Pairs))
            if (await TryAsync(run, $"params {part[0].Key}…", () => BatchAsync(here, "params", MlflowWords.Pairs(part), ct))) _summary.Params += part.Length;
        foreach (var part in tags.Where(tag => here.Tags.GetValueOrDefault(tag.Key) != tag.Value).Chunk(Pairs))
            await TryAsync(run, $"tags {part[0].Key}…", () => BatchAsync(here, "tags", MlflowWords.Pairs(part), ct));
    }

    private async Task PointsAsync(SourceRun run, TargetRun here, bool again, CancellationToken ct)
    {
        var points = new JsonArray();
        foreach (var metric in run.Metrics)
        {
            if (!Names.IsKey(metric))
            {
                Note(run, $"metric {metric}", "its name is not in form");
                continue;
            }

            // The same point twice is one, here and there.
            var seen = again && here.Metrics.Contains(metric) ? (await MlflowServerSource.ReadHistoryAsync(target, here.Id, metric, ct)).ToHashSet() : [];
            foreach (var point in await source.HistoryAsync(run, metric, ct))
            {
                if (!seen.Add(point)) continue;
                points.Add(new JsonObject { ["key"] = metric, ["value"] = MlflowWords.Number(point.Value), ["timestamp"] = point.Time, ["step"] = point.Step });
                if (points.Count < Batch) continue;
                await SendAsync(run, here, points, ct);
                points = [];
            }
        }

        if (points.Count > 0) await SendAsync(run, here, points, ct);
    }

    private async Task SendAsync(SourceRun run, TargetRun here, JsonArray points, CancellationToken ct)
    {
        var count = points.Count;
        if (await TryAsync(run, $"{count} points from {points[0]!["key"]} on", () => BatchAsync(here, "metrics", points, ct))) _summary.Points += count;
    }

    private Task BatchAsync(TargetRun here, string what, JsonArray items, CancellationToken ct) =>
        target.PostAsync("runs/log-batch", new JsonObject { ["run_id"] = here.Id, [what] = items }, ct);

    private async Task InputsAsync(SourceRun run, TargetRun here, CancellationToken ct)
    {
        foreach (var dataset in run.Datasets)
        {
            var body = new JsonObject { ["run_id"] = here.Id, ["datasets"] = new JsonArray(dataset!.DeepClone()) };
            if (await TryAsync(run, $"input {dataset["dataset"]?["name"]}", () => target.PostAsync("runs/log-inputs", body, ct))) _summary.Inputs++;
        }
    }

    private async Task FilesAsync(SourceRun run, TargetRun here, bool again, CancellationToken ct)
    {
        var sizes = new Dictionary<string, long>(StringComparer.Ordinal);
        var elsewhere = MlflowServerSource.FolderOf(here.Uri) is null;
        if (again && !elsewhere)
            await foreach (var file in MlflowServerSource.ListFilesAsync(target, here.Id, ct)) sizes[file.Path] = file.Size;
        await TryAsync(run, "files", async () =>
        {
            await foreach (var file in source.FilesAsync(run, ct))
            {
                if (sizes.TryGetValue(file.Path, out var size) && size == file.Size) continue;
                if (elsewhere) Note(run, $"file {file.Path}", $"files of this experiment are kept at {here.Uri}");
                // The address of a request would take it for another place.
                else if (file.Path.Split('/').Any(part => part is "" or "." or "..")) Note(run, $"file {file.Path}", "its path has empty parts, '.' or '..'");
                else await TryAsync(run, $"file {file.Path}", () => MlflowProtocol.InsistAsync(() => CopyAsync(run, here, file, ct), ct));
            }
        });
    }

    private async Task<SourceFile> CopyAsync(SourceRun run, TargetRun here, SourceFile file, CancellationToken ct)
    {
        await using var content = await source.OpenAsync(run, file, ct);
        await target.UploadAsync($"{MlflowServerSource.FolderOf(here.Uri)}/{file.Path}", content, file.Size, ct);
        _summary.Files++;
        _summary.Bytes += file.Size;
        return file;
    }

    private async Task EndAsync(SourceRun run, TargetRun here, CancellationToken ct)
    {
        if (run.Status is not ("FINISHED" or "FAILED" or "KILLED") || run.Status == here.Status) return;
        var body = new JsonObject { ["run_id"] = here.Id, ["status"] = run.Status };
        if (run.End is { } end) body["end_time"] = end;
        await TryAsync(run, "end", () => target.PostAsync("runs/update", body, ct));
    }

    // One that is not in form would have its whole batch refused.
    private Dictionary<string, string> Sound(SourceRun run, string what, IEnumerable<KeyValuePair<string, string>> pairs, int most)
    {
        var sound = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in pairs)
        {
            if (!Names.IsKey(key)) Note(run, $"{what} {key}", "its name is not in form");
            else if (value.Length > most) Note(run, $"{what} {key}", $"its value has {value.Length} characters; {most} are the most");
            else if (value.Contains('\0', StringComparison.Ordinal)) Note(run, $"{what} {key}", "its value holds the character U+0000");
            else sound[key] = value;
        }

        return sound;
    }

    private async Task<bool> TryAsync(SourceRun run, string what, Func<Task> step) => await TryAsync(run, what, async () =>
    {
        await step();
        return run;
    }) is not null;

    // What is refused by itself is told; where nobody answers or the caller may not, the import ends and can be begun again.
    private async Task<T?> TryAsync<T>(SourceRun run, string what, Func<Task<T>> step) where T : class
    {
        try
        {
            return await step();
        }
        catch (MlflowException e) when (!e.IsOutage && !e.IsAccess)
        {
            Note(run, what, e.Message);
            return null;
        }
    }

    private void Note(SourceRun run, string what, string why) => _summary.Untaken.Add(new Untaken(run.Id, what, why));
}
