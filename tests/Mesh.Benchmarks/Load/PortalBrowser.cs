using System.Globalization;
using Microsoft.Playwright;

namespace Mesh.Benchmarks.Load;

/// <summary>Chromium before the portal of a mesh. Each page has a profile of its own, with an empty cache, and is signed in.</summary>
internal sealed class PortalBrowser(BenchmarkMesh mesh, IPlaywright playwright, IBrowser browser) : IAsyncDisposable
{
    private const string Chromium = "/usr/bin/chromium";

    /// <summary>Starts it.</summary>
    /// <exception cref="InvalidOperationException">Chromium is not on this machine, or the portal was not built.</exception>
    public static async Task<PortalBrowser> StartAsync(BenchmarkMesh mesh)
    {
        if (!File.Exists(Chromium)) throw new InvalidOperationException($"there is no {Chromium} (Debian: apt-get install chromium).");
        using var http = new HttpClient();
        if (!(await http.GetStringAsync(mesh.Address)).Contains("/assets/", StringComparison.Ordinal)) throw new InvalidOperationException("the portal is not built.");
        var playwright = await Playwright.CreateAsync();
        return new PortalBrowser(mesh, playwright, await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Chromium, Args = ["--no-sandbox", "--disable-dev-shm-usage"] }));
    }

    /// <summary>An empty page.</summary>
    public async Task<IPage> OpenAsync()
    {
        var context = await browser.NewContextAsync(new() { BaseURL = mesh.Address.ToString(), ViewportSize = new() { Width = 1440, Height = 900 } });
        var answer = await context.APIRequest.PostAsync("/session", new() { DataObject = new { token = mesh.Token } });
        if (answer.Status != 204) throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"nobody could sign in: {answer.Status}."));
        return await context.NewPageAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await browser.DisposeAsync();
        playwright.Dispose();
    }
}
