using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Mesh.Client;

namespace Mesh.Cli.Demo;

/// <summary>A run as the MLflow protocol tells it.</summary>
internal sealed record MlflowRun(string Name, IReadOnlyDictionary<string, double> Metrics)
{
    /// <summary>The latest value of a metric; NaN where it has none.</summary>
    public double Metric(string name) => Metrics.TryGetValue(name, out var value) ? value : double.NaN;
}

/// <summary>The MLflow REST API of a project, asked by plain HTTP as a client in any language asks it.</summary>
internal sealed class MlflowDoor(MeshClientOptions options, string project)
{
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>What <c>MLFLOW_TRACKING_URI</c> is set to.</summary>
    public string TrackingUri { get; } = $"{options.Api.ToString().TrimEnd('/')}/mlflow/{project}";

    /// <summary>Where runs are searched for.</summary>
    public string SearchUri => $"{TrackingUri}/api/2.0/mlflow/runs/search";

    /// <summary>The body of a search in one experiment.</summary>
    public static string Search(long experiment, string filter, string orderBy) =>
        JsonSerializer.Serialize(new { experiment_ids = new[] { experiment.ToString(CultureInfo.InvariantCulture) }, filter, order_by = new[] { orderBy } }, Readable);

    /// <summary>Finds runs.</summary>
    /// <exception cref="InvalidOperationException">The search was refused.</exception>
    public async Task<IReadOnlyList<MlflowRun>> SearchAsync(string search, CancellationToken ct)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, SearchUri) { Content = new StringContent(search, Encoding.UTF8, "application/json") };
        if (options.Token is { } token) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var response = await http.SendAsync(request, ct);
        var text = await response.Content.ReadAsStringAsync(ct);
        if (!response.IsSuccessStatusCode) throw new InvalidOperationException($"The MLflow protocol answered {(int)response.StatusCode}: {text}");
        using var answer = JsonDocument.Parse(text);
        return answer.RootElement.TryGetProperty("runs", out var runs) ? [.. runs.EnumerateArray().Select(Read)] : [];
    }

    private static MlflowRun Read(JsonElement run) => new(
        run.GetProperty("info").GetProperty("run_name").GetString()!,
        run.GetProperty("data").GetProperty("metrics").EnumerateArray().ToDictionary(
            metric => metric.GetProperty("key").GetString()!, metric => metric.GetProperty("value").GetDouble(), StringComparer.Ordinal));
}
