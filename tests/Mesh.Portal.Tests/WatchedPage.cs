using System.Collections.Concurrent;
using Deque.AxeCore.Playwright;
using Mesh.Testing;
using Microsoft.Playwright;

namespace Mesh.Portal.Tests;

/// <summary>A page of which everything is noted that a user would see in the console of the browser's developer tools.</summary>
public sealed class WatchedPage : IAsyncDisposable
{
    private static readonly string Pictures = Path.Combine(RepositoryPath.Root, "artifacts", "portal-screenshots");
    private readonly ConcurrentQueue<string> _faults = new();

    internal WatchedPage(IPage page)
    {
        Page = page;
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning") _faults.Enqueue($"console {message.Type}: {message.Text}");
        };
        page.PageError += (_, error) => _faults.Enqueue($"error: {error}");
        page.Response += (_, response) =>
        {
            if (response.Status >= 400) _faults.Enqueue($"{response.Status}: {response.Request.Method} {response.Url}");
        };
    }

    /// <summary>The page.</summary>
    public IPage Page { get; }

    /// <summary>What went wrong on it.</summary>
    public IReadOnlyCollection<string> Faults => _faults;

    /// <summary>Goes to an address of the portal and waits until the screen stands: its heading is there, and nothing is being loaded.</summary>
    public async Task GoAsync(string path)
    {
        await Page.GotoAsync(path);
        await StandsAsync();
    }

    /// <summary>Waits until the screen stands.</summary>
    public async Task StandsAsync()
    {
        await Page.Locator("h1").First.WaitForAsync();
        // Streams of events stay open, so the network is never idle: what is being loaded says so itself.
        await Assertions.Expect(Page.Locator("[aria-busy=true], .mantine-Skeleton-root[data-visible]")).ToHaveCountAsync(0, new() { Timeout = 20_000 });
    }

    /// <summary>Has the screen in a theme, as when the system's changes.</summary>
    public async Task ShowInAsync(ColorScheme scheme)
    {
        await Page.EmulateMediaAsync(new() { ColorScheme = scheme });
        await Assertions.Expect(Page.Locator("html")).ToHaveAttributeAsync("data-mantine-color-scheme", scheme.ToString().ToLowerInvariant());
        await StandsAsync();
    }

    /// <summary>Keeps a picture of the screen; with <c>MESH_UPDATE_GOLDEN=1</c> also the README's, where it has one of that name.</summary>
    public async Task PictureAsync(string name)
    {
        var file = Path.Combine(Pictures, $"{name}.png");
        await Page.ScreenshotAsync(new() { Path = file, Animations = ScreenshotAnimations.Disabled });
        var shown = Path.Combine(RepositoryPath.Root, "gateway", "portal", "pictures", $"{name}.png");
        if (Environment.GetEnvironmentVariable("MESH_UPDATE_GOLDEN") == "1" && File.Exists(shown)) File.Copy(file, shown, overwrite: true);
    }

    /// <summary>What axe finds that keeps people from using the screen.</summary>
    public async Task<IReadOnlyList<string>> BarriersAsync() =>
        [.. (await Page.RunAxe()).Violations.Where(violation => violation.Impact is "serious" or "critical")
            .Select(violation => $"{violation.Id}: {violation.Help} {string.Join(", ", violation.Nodes.Take(3).Select(node => node.Target.ToString()))}")];

    public async ValueTask DisposeAsync() => await Page.Context.DisposeAsync();
}
