using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Mesh.Client;
using Mesh.Client.Serving;
using Mesh.Contracts.Serving;

namespace Mesh.Cli.Demo;

/// <summary>What came back for a series of rows.</summary>
internal sealed record TrafficResult(int Rows, int Right, IReadOnlyList<TimeSpan> Latencies)
{
    /// <summary>Share of rows whose predicted label was right.</summary>
    public double Accuracy => (double)Right / Rows;

    /// <summary>A percentile of the latency, as the caller saw it.</summary>
    public TimeSpan Latency(double share)
    {
        var sorted = Latencies.Order().ToList();
        return sorted[Math.Min(sorted.Count - 1, (int)(sorted.Count * share))];
    }
}

/// <summary>Sends rows to an endpoint one by one, as an application would, each with the time at which it is said to have happened.</summary>
internal sealed class DemoTraffic(ProjectClient project, string endpoint, IReadOnlyList<string> columns)
{
    /// <summary>Sends the rows, evenly spread over a span of event time.</summary>
    public async Task<TrafficResult> SendAsync(IReadOnlyList<string[]> rows, DateTimeOffset from, TimeSpan span, CancellationToken ct)
    {
        var right = 0;
        var latencies = new List<TimeSpan>(rows.Count);
        for (var i = 0; i < rows.Count; i++)
        {
            var request = Request(rows[i], from + (span * i / rows.Count));
            var started = Stopwatch.GetTimestamp();
            var answer = await project.Endpoints.InferAsync(endpoint, request, ct: ct);
            latencies.Add(Stopwatch.GetElapsedTime(started));
            if (answer.Output("PredictedLabel").AsText()[0] == rows[i][^1]) right++;
        }

        return new TrafficResult(rows.Count, right, latencies);
    }

    private InferRequest Request(string[] row, DateTimeOffset at)
    {
        var inputs = new Tensor[columns.Count - 1];
        for (var i = 0; i < inputs.Length; i++) inputs[i] = Tensors.Fp32(columns[i], [float.Parse(row[i], CultureInfo.InvariantCulture)]);
        return new InferRequest(inputs, Parameters: new Dictionary<string, JsonElement> { ["event_time"] = JsonSerializer.SerializeToElement(at) });
    }
}
