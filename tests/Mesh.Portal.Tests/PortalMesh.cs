using System.Diagnostics;
using System.Globalization;
using Mesh.Client;
using Mesh.Testing;
using Microsoft.Playwright;

namespace Mesh.Portal.Tests;

/// <summary>A mesh on which the demo was played, so that every screen has something to show, and a browser before it.</summary>
public sealed class PortalMesh : IAsyncLifetime
{
    private const string Chromium = "/usr/bin/chromium";
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("mesh-portal-");
    private readonly int _port = FreePorts.OfMesh();
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>Where the demo works.</summary>
    public const string Project = "demo";

    /// <summary>The mesh's address.</summary>
    public string Address => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_port}");

    /// <summary>The administrator's token.</summary>
    public string Token => File.ReadAllText(Path.Combine(_root.FullName, "data", "admin.token")).Trim();

    /// <summary>Path of a file that the demo wrote.</summary>
    public string DemoFile(string name) => Path.Combine(_root.FullName, "data", "demo", name);

    /// <summary>A run with charts.</summary>
    public Guid Run { get; private set; }

    /// <summary>Another one, told something else.</summary>
    public Guid Other { get; private set; }

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(File.Exists(Chromium), "Chromium is not on this machine.");
        File.Exists(Path.Combine(RepositoryPath.Root, "artifacts", "portal", "index.html")).ShouldBeTrue("the portal is not built: ./mesh test builds it");
        // PostgreSQL runs as another user when this runs as root, and must be able to pass.
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(_root.FullName, (UnixFileMode)0b111_001_001);
        await MeshAsync("demo", "--keep", "--port", _port.ToString(CultureInfo.InvariantCulture));
        await MeshAsync("webhooks", "set", "ci", "--project", Project, "--url", "https://ci.example.com/mesh", "--types", "run.*", "--pause");
        Run = await LogRunAsync("resnet", 0.1);
        Other = await LogRunAsync("resnet, slower", 0.01);
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = Chromium, Args = ["--no-sandbox", "--disable-dev-shm-usage"] });
    }

    /// <summary>Runs <c>mesh</c> on the data folder.</summary>
    /// <returns>What it printed.</returns>
    public async Task<string> MeshAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(RepositoryPath.Root, "artifacts", "bin", "Mesh.Cli", "release", "mesh.dll"), .. arguments])
        {
            WorkingDirectory = _root.FullName,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in (string[])["MESH_API", "MESH_TOKEN", "MESH_PROJECT"]) start.Environment.Remove(name);
        start.Environment["MESH_DATA"] = Path.Combine(_root.FullName, "data");
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        process.ExitCode.ShouldBe(0, $"mesh {string.Join(' ', arguments)}: {await output}{await error}");
        return await output;
    }

    /// <summary>A page of a browser that nobody has signed in.</summary>
    public async Task<WatchedPage> OpenAsync(ColorScheme scheme = ColorScheme.Light)
    {
        var context = await _browser!.NewContextAsync(new() { BaseURL = Address, ColorScheme = scheme, ViewportSize = new() { Width = 1440, Height = 900 }, ReducedMotion = ReducedMotion.Reduce });
        return new WatchedPage(await context.NewPageAsync());
    }

    /// <summary>A page of a browser in which the administrator is signed in.</summary>
    public async Task<WatchedPage> OpenSignedInAsync(ColorScheme scheme = ColorScheme.Light)
    {
        var watched = await OpenAsync(scheme);
        var answer = await watched.Page.Context.APIRequest.PostAsync("/session", new() { DataObject = new { token = Token } });
        answer.Status.ShouldBe(204);
        return watched;
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null) await _browser.DisposeAsync();
        _playwright?.Dispose();
        if (File.Exists(Path.Combine(_root.FullName, "data", "mesh.json"))) await MeshAsync("down");
        await Eventually.Holds(() => _root.Delete(recursive: true));
    }

    private async Task<Guid> LogRunAsync(string name, double rate)
    {
        using var client = new MeshClient(new MeshClientOptions { Api = new Uri(Address), Token = Token, Project = Project });
        await using var run = await RunContext.StartAsync(client, name);
        await run.LogParamAsync("lr", rate);
        for (var step = 0; step < 300; step++)
        {
            run.LogMetric("loss", 2 / ((step * rate * 10) + 1), step);
            run.LogMetric("val/loss", (2.2 / ((step * rate * 10) + 1)) + (0.02 * Math.Sin(step)), step);
        }

        await run.CompleteAsync();
        return run.Id;
    }
}

/// <summary>All journeys use one mesh.</summary>
[CollectionDefinition(Name)]
public sealed class OnPortalMesh : ICollectionFixture<PortalMesh>
{
    public const string Name = "portal";
}
