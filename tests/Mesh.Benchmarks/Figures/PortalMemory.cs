using Mesh.Benchmarks.Load;
using Mesh.Client;
using Microsoft.Playwright;

namespace Mesh.Benchmarks.Figures;

/// <summary>
/// What four screens of the portal hold in memory through an hour of news: home, the table of runs, the charts of a run at work and the events. Every two seconds a run
/// comes, logs and ends; the one that is looked at logs five metrics twice a second. Each minute the garbage is collected and what is left is counted.
/// </summary>
internal static class PortalMemory
{
    private const int Minutes = 60;

    public static async Task<Figure> MeasureAsync(BenchmarkMesh mesh, MeshClient client, string project)
    {
        await using var browser = await PortalBrowser.StartAsync(mesh);
        await using var watched = await RunContext.StartAsync(client, "watched", project: project);
        using var stopping = new CancellationTokenSource();
        var news = Task.WhenAll(ComeAndGoAsync(client, project, stopping.Token), LogAsync(watched, stopping.Token));
        var pages = new List<ICDPSession>();
        foreach (var screen in (string[])["", "/runs", $"/runs/{watched.Id}?tab=charts", "/events"])
        {
            var page = await browser.OpenAsync();
            await page.GotoAsync($"/p/{project}{screen}");
            await page.Locator("h1").First.WaitForAsync();
            pages.Add(await page.Context.NewCDPSessionAsync(page));
        }

        var heaps = new List<double>();
        for (var minute = 0; minute < Minutes && !news.IsCompleted; minute++)
        {
            await Task.WhenAny(news, Task.Delay(TimeSpan.FromMinutes(1)));
            var heap = 0.0;
            foreach (var page in pages) heap += await HeapAsync(page);
            heaps.Add(heap);
        }

        await stopping.CancelAsync();
        await news;
        var (before, after) = (heaps[(Minutes / 4)..(Minutes / 2)].Max(), heaps[(3 * Minutes / 4)..].Max());
        return new($"portal: memory of four screens after {Minutes} min of news", $"{after:0.#} MB", $"{before:0.#} MB before", before / after, 1 / 1.15);
    }

    private static async Task<double> HeapAsync(ICDPSession page)
    {
        await page.SendAsync("HeapProfiler.collectGarbage");
        var usage = await page.SendAsync("Runtime.getHeapUsage");
        return usage!.Value.GetProperty("usedSize").GetDouble() / 1e6;
    }

    private static async Task ComeAndGoAsync(MeshClient client, string project, CancellationToken stopping)
    {
        for (var number = 0; !stopping.IsCancellationRequested; number++)
        {
            await using (var run = await RunContext.StartAsync(client, $"news-{number}", project: project, ct: CancellationToken.None))
            {
                for (var step = 0; step < 10; step++) run.LogMetric("loss", 1.0 / (step + 1), step);
                await run.CompleteAsync(CancellationToken.None);
            }

            await PauseAsync(2, stopping);
        }
    }

    private static async Task LogAsync(RunContext run, CancellationToken stopping)
    {
        for (var step = 0; !stopping.IsCancellationRequested; step++)
        {
            for (var metric = 0; metric < 5; metric++) run.LogMetric($"metric{metric}", Math.Sin(0.01 * step * (metric + 1)), step);
            await PauseAsync(0.5, stopping);
        }
    }

    private static async Task PauseAsync(double seconds, CancellationToken stopping)
    {
        try
        {
            await Task.Delay(TimeSpan.FromSeconds(seconds), stopping);
        }
        catch (OperationCanceledException)
        {
            // The caller's loop ends.
        }
    }
}
