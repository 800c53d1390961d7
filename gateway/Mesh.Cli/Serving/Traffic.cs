using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Mesh.Client;
using Mesh.Client.Serving;
using Mesh.Contracts.Serving;

namespace Mesh.Cli.Serving;

/// <summary>What came back for a series of rows.</summary>
/// <param name="Right">Rows whose predicted label was right; null where the rows carry none.</param>
internal sealed record TrafficResult(int Rows, int? Right, IReadOnlyList<TimeSpan> Latencies)
{
    /// <summary>Share of rows whose predicted label was right; null where the rows carry none.</summary>
    public double? Accuracy => (double?)Right / Rows;

    /// <summary>A percentile of the latency, as the caller saw it.</summary>
    public TimeSpan Latency(double share)
    {
        var sorted = Latencies.Order().ToList();
        return sorted.Count == 0 ? TimeSpan.Zero : sorted[Math.Min(sorted.Count - 1, (int)(sorted.Count * share))];
    }
}

/// <summary>Sends rows to an endpoint one by one, as an application would, each with the time at which it is said to have happened.</summary>
internal sealed class Traffic
{
    private const string Prediction = "PredictedLabel";
    private readonly ProjectClient _project;
    private readonly string _endpoint;
    private readonly (TensorMetadata Input, int Column)[] _inputs;
    private readonly int? _label;

    private Traffic(ProjectClient project, string endpoint, (TensorMetadata, int)[] inputs, int? label) =>
        (_project, _endpoint, _inputs, _label) = (project, endpoint, inputs, label);

    /// <summary>Rows sent so far.</summary>
    public int Sent { get; private set; }

    /// <summary>Traffic for what an endpoint serves now.</summary>
    /// <param name="columns">Names of the columns of the rows to send; they may be more than the inputs, in any order.</param>
    /// <param name="label">The column that holds what the prediction should be.</param>
    /// <exception cref="UsageException">The rows do not have what the model needs.</exception>
    public static async Task<Traffic> ToAsync(ProjectClient project, string endpoint, IReadOnlyList<string> columns, string? label, CancellationToken ct)
    {
        var model = await project.Endpoints.MetadataAsync(endpoint, ct);
        var places = columns.Select((name, place) => (name, place)).ToDictionary(c => c.name, c => c.place, StringComparer.Ordinal);
        var missing = model.Inputs.Where(input => !places.ContainsKey(input.Name)).Select(input => input.Name).ToList();
        if (missing.Count > 0) throw new UsageException($"The model of {endpoint} needs columns that the rows do not have: {string.Join(", ", missing)}.");
        if (label is not null && !places.ContainsKey(label)) throw new UsageException($"The rows have no column '{label}'.");
        if (label is not null && model.Outputs.All(output => output.Name != Prediction))
            throw new UsageException($"The model of {endpoint} predicts no label: it has no output '{Prediction}'.");
        return new Traffic(project, endpoint, [.. model.Inputs.Select(input => (input, places[input.Name]))], label is null ? null : places[label]);
    }

    /// <summary>Sends the rows, evenly spread over a span of event time; now, if no beginning is given.</summary>
    /// <param name="progress">Told the number of rows sent.</param>
    /// <exception cref="FormatException">A value is not of the input's type; the message names row and column.</exception>
    public async Task<TrafficResult> SendAsync(
        IReadOnlyList<string[]> rows, DateTimeOffset? from, TimeSpan span, CancellationToken ct, Action<int>? progress = null)
    {
        var right = 0;
        var latencies = new List<TimeSpan>(rows.Count);
        for (var i = 0; i < rows.Count; i++)
        {
            var request = Request(rows[i], i, from + (span * i / rows.Count));
            var started = Stopwatch.GetTimestamp();
            var answer = await _project.Endpoints.InferAsync(_endpoint, request, ct: ct);
            latencies.Add(Stopwatch.GetElapsedTime(started));
            Sent++;
            if (_label is { } label && answer.Output(Prediction).AsText()[0] == rows[i][label]) right++;
            progress?.Invoke(i + 1);
        }

        return new TrafficResult(rows.Count, _label is null ? null : right, latencies);
    }

    private InferRequest Request(string[] row, int number, DateTimeOffset? at)
    {
        var inputs = new Tensor[_inputs.Length];
        for (var i = 0; i < inputs.Length; i++)
        {
            var (input, column) = _inputs[i];
            inputs[i] = Tensor(input, row[column])
                ?? throw new FormatException($"Row {number + 1}, column '{input.Name}': '{row[column]}' is not a value of type {input.Datatype}.");
        }

        return new InferRequest(inputs, Parameters: at is null ? null : new Dictionary<string, JsonElement> { ["event_time"] = JsonSerializer.SerializeToElement(at) });
    }

    private static Tensor? Tensor(TensorMetadata input, string value) => input.Datatype switch
    {
        "BYTES" => Tensors.Text(input.Name, [value]),
        "INT64" => long.TryParse(value, NumberStyles.Integer, CultureInfo.InvariantCulture, out var whole) ? Tensors.Int64(input.Name, [whole]) : null,
        "FP32" when value.Length == 0 => Tensors.Fp32(input.Name, [float.NaN]),
        "FP32" => float.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? Tensors.Fp32(input.Name, [number]) : null,
        _ => null,
    };
}
