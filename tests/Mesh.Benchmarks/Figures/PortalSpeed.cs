using Mesh.Benchmarks.Load;
using Mesh.Client;
using Microsoft.Playwright;
using Npgsql;

namespace Mesh.Benchmarks.Figures;

/// <summary>
/// The portal in Chromium, on a project of 100,000 runs: how soon its table of runs can be used after a cold load, how smoothly it scrolls while rows come in, and how
/// soon a chart of 20 series of 1,000 points stands.
/// </summary>
internal static class PortalSpeed
{
    private const string Large = "hundred-thousand";
    private const int Runs = 100_000;
    private const int Loads = 11;
    private const int Lines = 20;
    private const int Points = 1_000;
    private const int Charts = 11;

    // The first moment with nothing left to do after the rows stand: what is typed or clicked then is heard at once.
    private const string Interactive =
        """
        () => new Promise((done) => {
          const look = () => document.querySelector('[data-index="5"]') ? requestIdleCallback(() => done(performance.now())) : requestAnimationFrame(look);
          look();
        })
        """;

    // Frames per second while the table moves by three rows a frame: 6,000 pixels a second, as after a strong push.
    private const string Scroll =
        """
        async ({ seconds, top }) => {
          const grid = document.querySelector('[role=grid]').parentElement;
          if (top) grid.scrollTop = 0;
          let frames = 0;
          const started = performance.now();
          while (performance.now() - started < seconds * 1000) {
            grid.scrollTop += 96;
            await new Promise(requestAnimationFrame);
            frames++;
          }
          return frames / ((performance.now() - started) / 1000);
        }
        """;

    // From the click that shows charts to the frame after the one that draws the last of them.
    private const string Draw =
        """
        async () => {
          const choose = (label) => [...document.querySelectorAll('label')].find((one) => one.textContent === label).click();
          const frame = () => new Promise(requestAnimationFrame);
          choose('Side by side');
          while (document.querySelector('canvas')) await frame();
          await new Promise((rested) => setTimeout(rested, 200));
          const started = performance.now();
          choose('Charts');
          while (!document.querySelector('canvas')) await frame();
          await frame();
          return performance.now() - started;
        }
        """;

    public static async Task<IReadOnlyList<Figure>> MeasureAsync(BenchmarkMesh mesh, MeshClient client, string project, string postgres)
    {
        await using (var tracking = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(postgres) { Database = "mesh", SearchPath = "tracking" }.ConnectionString))
            await SearchData.GenerateAsync(tracking, Large, Runs);
        await client.Projects.CreateAsync(new(Large));
        await using var browser = await PortalBrowser.StartAsync(mesh);
        var table = $"/p/{Large}/runs";
        var loads = new List<double>();
        // The first load warms the services, not the browser.
        for (var i = -1; i < Loads; i++)
        {
            var page = await browser.OpenAsync();
            await page.GotoAsync(table, new() { WaitUntil = WaitUntilState.Commit });
            var after = await page.EvaluateAsync<double>(Interactive);
            if (i >= 0) loads.Add(after);
            await page.Context.CloseAsync();
        }

        var scrolled = await browser.OpenAsync();
        await scrolled.GotoAsync(table);
        await scrolled.EvaluateAsync<double>(Interactive);
        var loading = await scrolled.EvaluateAsync<double>(Scroll, new { seconds = 20, top = false });
        var loaded = await scrolled.EvaluateAsync<double>(Scroll, new { seconds = 5, top = true });
        await scrolled.Context.CloseAsync();

        var drawn = new List<double>();
        var runs = await LinesAsync(client, project);
        var charts = await browser.OpenAsync();
        await charts.GotoAsync($"/p/{project}/compare?runs={string.Join(',', runs)}&view=charts");
        await charts.Locator("canvas").First.WaitForAsync();
        for (var i = 0; i < Charts; i++) drawn.Add(await charts.EvaluateAsync<double>(Draw));
        drawn.Sort();
        loads.Sort();
        return
        [
            Figure.Below("portal: a cold load to a table that can be used, p50", loads[loads.Count / 2], 1_500, "ms"),
            new("portal: scrolling 100,000 runs as they load", $"{loading:0.#} fps", "at least 50 fps", loading / 50, 1),
            new("portal: scrolling those that are loaded", $"{loaded:0.#} fps", "at least 50 fps", loaded / 50, 1),
            Figure.Below($"portal: a chart of {Lines} lines of {Points:N0} points, p50", drawn[drawn.Count / 2], 100, "ms"),
        ];
    }

    private static async Task<List<Guid>> LinesAsync(MeshClient client, string project)
    {
        var runs = new List<Guid>();
        for (var line = 0; line < Lines; line++)
        {
            await using var run = await RunContext.StartAsync(client, $"line-{line}", project: project);
            for (var step = 0; step < Points; step++) run.LogMetric("loss", (1 + (0.1 * line)) / (1 + (0.01 * step)) + (0.02 * Math.Sin(step + line)), step);
            await run.CompleteAsync();
            runs.Add(run.Id);
        }

        return runs;
    }
}
