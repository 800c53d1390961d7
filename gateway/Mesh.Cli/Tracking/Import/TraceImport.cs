using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Mesh.Cli.Tracking.Import;

/// <summary>Where traces are imported from, as clients of MLflow 3.x keep them.</summary>
internal interface ITraceSource
{
    /// <summary>The traces of an experiment, without their spans; none where the source knows no such thing.</summary>
    IAsyncEnumerable<JsonElement> TracesAsync(SourceExperiment experiment, CancellationToken ct);

    /// <summary>The spans that the source keeps itself, in protobuf's JSON.</summary>
    Task<IReadOnlyList<JsonElement>> SpansAsync(string trace, CancellationToken ct);

    /// <summary>The files in a trace's folder; null when they are where they cannot be read.</summary>
    IAsyncEnumerable<SourceFile>? TraceFiles(string location, CancellationToken ct);

    /// <summary>Opens a file.</summary>
    Task<Stream> OpenAsync(string location, SourceFile file, CancellationToken ct);
}

/// <summary>
/// Takes the traces of an experiment over, behind its runs: under their ids, with their assessments, files and spans. What the source said of a trace is kept as a tag, set
/// last: one that has it and has not changed since is left alone.
/// </summary>
/// <param name="runs">The ids here of runs by those at the source.</param>
internal sealed class TraceImport(ITraceSource source, MlflowProtocol target, bool dryRun, ImportSummary summary, IReadOnlyDictionary<string, string> runs)
{
    private const string Location = "mlflow.artifactLocation";
    private const string SpansLocation = "mlflow.trace.spansLocation";
    private const string InStore = "TRACKING_STORE";
    private const string SourceRunKey = "mlflow.sourceRun";
    private const int SpansAtOnce = 500;

    private static readonly string[] Kept = ["trace_id", "client_request_id", "request_preview", "response_preview", "request_time", "execution_duration", "state", "assessments"];

    /// <summary>Takes the traces of an experiment.</summary>
    /// <param name="here">The experiment's id here; null with a dry run, where there is none.</param>
    public async Task TakeAsync(SourceExperiment experiment, string? here, CancellationToken ct)
    {
        Dictionary<string, string>? known = null;
        await foreach (var trace in source.TracesAsync(experiment, ct))
        {
            known ??= here is null ? [] : await KnownAsync(here, ct);
            var (id, state) = (trace.Text("trace_id")!, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(trace.GetRawText())))[..32]);
            if (known.GetValueOrDefault(id) == state) continue;
            summary.Traces++;
            if (!dryRun) await TryAsync(id, "trace", () => TakeAsync(trace, id, state, here!, ct));
        }
    }

    private async Task<Dictionary<string, string>> KnownAsync(string experiment, CancellationToken ct)
    {
        var known = new Dictionary<string, string>(StringComparer.Ordinal);
        await foreach (var trace in MlflowServerSource.ListTracesAsync(target, experiment, ct))
            if (trace.Part("tags").Text(ImportTags.State) is { } state) known[trace.Text("trace_id")!] = state;
        return known;
    }

    private async Task TakeAsync(JsonElement trace, string id, string state, string experiment, CancellationToken ct)
    {
        var tags = Map(trace.Part("tags"));
        var (from, inStore) = (tags.GetValueOrDefault(Location), tags.GetValueOrDefault(SpansLocation) == InStore);
        foreach (var own in (string[])[Location, SpansLocation, ImportTags.State]) tags.Remove(own);
        var metadata = Map(trace.Part("trace_metadata"));
        if (metadata.TryGetValue(SourceRunKey, out var run) && runs.TryGetValue(run, out var runHere)) metadata[SourceRunKey] = runHere;
        var info = new JsonObject
        {
            ["trace_location"] = MlflowServerSource.PlaceOf(experiment),
            ["trace_metadata"] = JsonSerializer.SerializeToNode(metadata),
            ["tags"] = JsonSerializer.SerializeToNode(tags),
        };
        foreach (var name in Kept)
            if (trace.Part(name) is { ValueKind: not (JsonValueKind.Undefined or JsonValueKind.Null) } value) info[name] = JsonNode.Parse(value.GetRawText());
        var made = await target.TracesAsync(HttpMethod.Post, "traces", new JsonObject { ["trace"] = new JsonObject { ["trace_info"] = info } }, ct);
        var refused = summary.Untaken.Count;
        if (inStore) await SpansAsync(id, experiment, ct);
        else if (from is not null) await FilesAsync(id, from, made.Part("trace").Part("trace_info").Part("tags").Text(Location) ?? "", ct);
        if (summary.Untaken.Count > refused) return;
        await target.TracesAsync(HttpMethod.Patch, $"traces/{id}/tags", new JsonObject { ["key"] = ImportTags.State, ["value"] = state }, ct);
    }

    private async Task SpansAsync(string id, string experiment, CancellationToken ct)
    {
        foreach (var part in (await source.SpansAsync(id, ct)).Chunk(SpansAtOnce))
        {
            var spans = new JsonArray([.. part.Select(span => ForExport(JsonNode.Parse(span.GetRawText(), documentOptions: MlflowProtocol.Deep)))]);
            var body = new JsonObject { ["resourceSpans"] = new JsonArray(new JsonObject { ["scopeSpans"] = new JsonArray(new JsonObject { ["spans"] = spans }) }) };
            await TryAsync(id, $"{part.Length} spans", () => target.ExportAsync(experiment, body, ct));
        }
    }

    private async Task FilesAsync(string id, string from, string to, CancellationToken ct)
    {
        var folder = MlflowServerSource.FolderOf(to);
        if (source.TraceFiles(from, ct) is not { } files || folder is null)
        {
            summary.Untaken.Add(new Untaken(id, "spans", folder is null ? "files of this experiment are kept elsewhere" : $"they are at {from}"));
            return;
        }

        await TryAsync(id, "spans", async () =>
        {
            await foreach (var file in files)
            {
                await MlflowProtocol.InsistAsync(async () =>
                {
                    await using var content = await source.OpenAsync(from, file, ct);
                    await target.UploadAsync($"{folder}/{file.Path}", content, file.Size, ct);
                    return file;
                }, ct);
                summary.Files++;
                summary.Bytes += file.Size;
            }
        });
    }

    // What is read as protobuf's JSON is sent as that of OpenTelemetry: other names of the fields, and ids in hex digits.
    private static JsonNode? ForExport(JsonNode? node) => node switch
    {
        JsonObject fields => new JsonObject(fields.Select(field => KeyValuePair.Create(
            NameOf(field.Key), field.Key is "trace_id" or "span_id" or "parent_span_id" ? Convert.ToHexStringLower(Convert.FromBase64String(field.Value!.GetValue<string>())) : ForExport(field.Value)))),
        JsonArray items => new JsonArray([.. items.Select(ForExport)]),
        _ => node?.DeepClone(),
    };

    private static string NameOf(string field)
    {
        var parts = field.Split('_');
        return string.Concat(parts.Skip(1).Select(part => part.Length == 0 ? "" : char.ToUpperInvariant(part[0]) + part[1..]).Prepend(parts[0]));
    }

    private static Dictionary<string, string> Map(JsonElement entries) => entries.ValueKind == JsonValueKind.Object
        ? entries.EnumerateObject().ToDictionary(entry => entry.Name, entry => entry.Value.ToString(), StringComparer.Ordinal)
        : [];

    private async Task TryAsync(string trace, string what, Func<Task> step)
    {
        try
        {
            await step();
        }
        catch (MlflowException e) when (!e.IsOutage && !e.IsAccess)
        {
            summary.Untaken.Add(new Untaken(trace, what, e.Message));
        }
    }
}
