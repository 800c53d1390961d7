namespace Mesh.Local;

/// <summary>Waits for processes to say that they are ready.</summary>
internal static class Readiness
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <exception cref="InvalidOperationException">Some are not ready in time; the message names them.</exception>
    public static async Task WaitAsync(string gateway, IEnumerable<string> services, CancellationToken ct)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limited.CancelAfter(Patience);
        foreach (var address in services.Append(gateway))
        {
            try
            {
                while (!await IsReadyAsync(http, address, limited.Token)) await Task.Delay(100, limited.Token);
            }
            catch (OperationCanceledException) when (!ct.IsCancellationRequested)
            {
                throw new InvalidOperationException($"{address} was not ready within {Patience.TotalMinutes:0} minutes. See `mesh logs`.");
            }
        }
    }

    private static async Task<bool> IsReadyAsync(HttpClient http, string address, CancellationToken ct)
    {
        try
        {
            using var response = await http.GetAsync($"{address}/health/ready", ct);
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
        catch (TaskCanceledException) when (!ct.IsCancellationRequested)
        {
            return false;
        }
    }
}
