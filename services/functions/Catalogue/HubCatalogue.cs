using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Mesh.Contracts;
using Mesh.Contracts.Functions;
using Mesh.Hosting.Decisions;
using Microsoft.Extensions.Options;

namespace Mesh.Functions.Catalogue;

/// <summary>
/// What the hub offers. The hub is a program of its own (<c>Mesh.Hub.dll</c>): it is asked once for its list, and again when its file has changed.
/// </summary>
internal sealed class HubCatalogue(IOptions<FunctionsOptions> options, ILogger<HubCatalogue> log) : IDisposable
{
    /// <summary>Exit code by which the hub says that it was given what it cannot work with: it would say so again.</summary>
    public const int CallersFault = 2;

    private const string File = "Mesh.Hub.dll";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly SemaphoreSlim _gate = new(1);
    private (DateTime At, IReadOnlyList<HubItem> Items)? _known;

    /// <summary>The items, or why there are none to be had.</summary>
    public async Task<(IReadOnlyList<HubItem>? Items, Rejection? Fault)> ListAsync(CancellationToken ct)
    {
        if (Find() is not { } path)
            return (null, Rejection.Unavailable("hub.missing", $"The hub is not installed here: {File} was not found. Set Functions:HubPath to its place."));
        var at = System.IO.File.GetLastWriteTimeUtc(path);
        if (_known is { } known && known.At == at) return (known.Items, null);
        await _gate.WaitAsync(ct);
        try
        {
            if (_known is { } meanwhile && meanwhile.At == at) return (meanwhile.Items, null);
            var items = await AskAsync(path, ct);
            _known = (at, items);
            return (items, null);
        }
        catch (Exception e) when (e is InvalidOperationException or JsonException or IOException or System.ComponentModel.Win32Exception or TimeoutException)
        {
            log.HubSilent(path, e);
            return (null, Rejection.Unavailable("hub.silent", $"The hub does not say what it offers: {e.Message}"));
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Refuses an item that the hub does not have. A hub that cannot be asked refuses nothing here: its job will say so.</summary>
    public async Task<Rejection?> RefuseItemAsync(string name, CancellationToken ct)
    {
        var (items, _) = await ListAsync(ct);
        return items is null || items.Any(i => i.Name == name) ? null : Unknown(name, items);
    }

    /// <summary>Refuses an item that the hub does not have, and params that are missing, unknown or of the wrong type.</summary>
    public async Task<Rejection?> RefuseAsync(string name, IReadOnlyDictionary<string, string> values, CancellationToken ct)
    {
        var (items, fault) = await ListAsync(ct);
        if (items is null) return fault;
        return items.FirstOrDefault(i => i.Name == name) is { } item ? HubParams.Refuse(item, values) : Unknown(name, items);
    }

    /// <summary>The command that runs an item.</summary>
    public IReadOnlyList<string> CommandOf(string item) => [DotNet(), Find() ?? options.Value.HubPath ?? File, "run", item];

    public void Dispose() => _gate.Dispose();

    private static Rejection Unknown(string name, IReadOnlyList<HubItem> items) => Rejection.Unprocessable(
        "hub.item-unknown", $"The hub has no item '{name}'; it has {string.Join(", ", items.Select(i => i.Name))}.", "item");

    /// <summary>Looks where the option says, beside the service, and beside the service's folder in the build output.</summary>
    private string? Find()
    {
        if (options.Value.HubPath is { } given) return System.IO.File.Exists(given) ? Path.GetFullPath(given) : null;
        var here = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);
        string[] places =
        [
            // artifacts/bin/{project}/{configuration}
            Path.Combine(here, "..", "..", "Mesh.Hub", Path.GetFileName(here), File),
            Path.Combine(here, "hub", File),
            Path.Combine(here, File),
        ];
        return places.Select(Path.GetFullPath).FirstOrDefault(p => System.IO.File.Exists(p) && System.IO.File.Exists(Path.ChangeExtension(p, ".runtimeconfig.json")));
    }

    private static string DotNet()
    {
        var name = OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet";
        if (Path.GetFileName(Environment.ProcessPath) == name) return Environment.ProcessPath!;
        var rooted = Path.Combine(Environment.GetEnvironmentVariable("DOTNET_ROOT") ?? "", name);
        return System.IO.File.Exists(rooted) ? Path.GetFullPath(rooted) : name;
    }

    private static async Task<IReadOnlyList<HubItem>> AskAsync(string path, CancellationToken ct)
    {
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo(DotNet(), [path, "list", "--json"]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false },
        };
        process.Start();
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limited.CancelAfter(Patience);
        try
        {
            var faults = process.StandardError.ReadToEndAsync(limited.Token);
            var text = await process.StandardOutput.ReadToEndAsync(limited.Token);
            await process.WaitForExitAsync(limited.Token);
            if (process.ExitCode != 0)
                throw new InvalidOperationException($"exit code {process.ExitCode.ToString(CultureInfo.InvariantCulture)}: {(await faults).Trim()}");
            return JsonSerializer.Deserialize<List<HubItem>>(text, MeshJson.Tolerant) ?? [];
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"no answer within {Patience.TotalSeconds} s");
        }
    }
}

internal static partial class HubCatalogueLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "The hub at {Path} does not say what it offers")]
    public static partial void HubSilent(this ILogger logger, string path, Exception fault);
}
