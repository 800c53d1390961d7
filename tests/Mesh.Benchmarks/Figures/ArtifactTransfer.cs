using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using Mesh.Benchmarks.Load;
using Mesh.Testing;

namespace Mesh.Benchmarks.Figures;

/// <summary>Files through the gateway: a gigabyte up and down against a plain Kestrel copy, what many transfers at once weigh, and how many small artifacts a minute takes.</summary>
internal static class ArtifactTransfer
{
    private const int Gigabyte = 1024;
    private const int AtOnce = 16;
    private const int EachOfMany = 128;
    private const int SmallConnections = 16;
    private static readonly TimeSpan Small = TimeSpan.FromSeconds(15);

    public static async IAsyncEnumerable<Figure> MeasureAsync(BenchmarkMesh mesh, string project, string folder, string data)
    {
        var port = FreePorts.One();
        await using var bare = await Child.StartAsync(
            new Uri($"http://127.0.0.1:{port}/health/ready"), Child.Program("Mesh.Benchmarks"), "--bare-files", port.ToString(CultureInfo.InvariantCulture), Path.Combine(folder, "bare-files"));
        using var http = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", mesh.Token);
        Uri Blob(LargeBody body) => new(mesh.Address, $"/api/v1/projects/{project}/blobs/{body.Digest()}");
        Uri File(int number) => new($"http://127.0.0.1:{port}/files/{number}");

        // What is first read and written is not compared.
        using (var small = new LargeBody(0, EachOfMany))
        {
            await UploadAsync(http, Blob(small), small);
            await UploadAsync(http, File(0), small);
            await DownloadAsync(http, Blob(small));
            await DownloadAsync(http, File(0));
        }

        double up = 0, bareUp = 0, down = 0, bareDown = 0;
        for (var round = 1; round <= 2; round++)
        {
            using var body = new LargeBody(round, Gigabyte);
            bareUp += await UploadAsync(http, File(round), body);
            up += await UploadAsync(http, Blob(body), body);
            bareDown += await DownloadAsync(http, File(round));
            down += await DownloadAsync(http, Blob(body));
        }

        yield return Bytes("upload of 1 GiB", up / 2, bareUp / 2);
        yield return Bytes("download of 1 GiB", down / 2, bareDown / 2);
        yield return await ManyAsync(http, mesh, project, data);
        yield return await SmallAsync(http, mesh, project);
    }

    private static Figure Bytes(string name, double seconds, double bareSeconds) => new(
        $"{name} through the gateway", $"{Gigabyte / seconds:#,0} MiB/s", $"{Gigabyte / bareSeconds:#,0} MiB/s", bareSeconds / seconds, 0.6);

    // Half of them up, half of them down.
    private static async Task<Figure> ManyAsync(HttpClient http, BenchmarkMesh mesh, string project, string data)
    {
        var bodies = Enumerable.Range(100, AtOnce).Select(seed => new LargeBody(seed, EachOfMany)).ToList();
        var addresses = bodies.Select(body => new Uri(mesh.Address, $"/api/v1/projects/{project}/blobs/{body.Digest()}")).ToList();
        foreach (var i in Enumerable.Range(0, AtOnce / 2)) await UploadAsync(http, addresses[i], bodies[i]);
        await Task.Delay(TimeSpan.FromSeconds(5));
        var idle = MeshMemory.Weigh(data);
        var transfers = Task.WhenAll(Enumerable.Range(0, AtOnce).Select(i => i < AtOnce / 2 ? DownloadAsync(http, addresses[i]) : UploadAsync(http, addresses[i], bodies[i])));
        var most = idle;
        while (!transfers.IsCompleted)
        {
            most = Math.Max(most, MeshMemory.Weigh(data));
            await Task.WhenAny(transfers, Task.Delay(100));
        }

        await transfers;
        foreach (var body in bodies) body.Dispose();
        return Figure.Below($"memory of {AtOnce} transfers at once, over idle", Math.Max(most - idle, 1), 150, "MB");
    }

    private static async Task<Figure> SmallAsync(HttpClient http, BenchmarkMesh mesh, string project)
    {
        await RateAsync(http, mesh, project, "warm", TimeSpan.FromSeconds(5));
        var perMinute = await RateAsync(http, mesh, project, "small", Small) * 60;
        return new Figure($"small artifacts, {SmallConnections} clients", $"{perMinute:#,0}/min", "10,000/min", perMinute / 10_000, 1);
    }

    private static async Task<double> RateAsync(HttpClient http, BenchmarkMesh mesh, string project, string name, TimeSpan span)
    {
        var started = Stopwatch.GetTimestamp();
        var counts = await Task.WhenAll(Enumerable.Range(0, SmallConnections).Select(async client =>
        {
            var made = 0;
            for (; Stopwatch.GetElapsedTime(started) < span; made++)
            {
                using var content = new ByteArrayContent(Encoding.UTF8.GetBytes($"{name} {client} {made} {new string('x', 1000)}"));
                content.Headers.ContentType = new("text/plain");
                using var response = await http.PutAsync(new Uri(mesh.Address, $"/api/v1/projects/{project}/artifacts/{name}-{client}-{made}/content"), content);
                response.EnsureSuccessStatusCode();
            }

            return made;
        }));
        return counts.Sum() / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static async Task<double> UploadAsync(HttpClient http, Uri address, LargeBody body)
    {
        var started = Stopwatch.GetTimestamp();
        using var request = new HttpRequestMessage(HttpMethod.Put, address) { Content = body };
        using var response = await http.SendAsync(request);
        response.EnsureSuccessStatusCode();
        // It is sent once more, elsewhere.
        request.Content = null;
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static async Task<double> DownloadAsync(HttpClient http, Uri address)
    {
        var started = Stopwatch.GetTimestamp();
        using var response = await http.GetAsync(address, HttpCompletionOption.ResponseHeadersRead);
        response.EnsureSuccessStatusCode();
        await using var stream = await response.Content.ReadAsStreamAsync();
        var buffer = new byte[1 << 20];
        while (await stream.ReadAsync(buffer) > 0)
        {
            // What arrives is thrown away.
        }

        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }
}
