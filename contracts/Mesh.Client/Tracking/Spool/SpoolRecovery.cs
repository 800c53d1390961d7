using System.Collections.Concurrent;
using System.Net;
using System.Runtime.CompilerServices;
using Mesh.Client.Connection;

namespace Mesh.Client.Tracking.Spool;

/// <summary>Sends what processes of this machine left behind for the mesh of a connection.</summary>
internal sealed class SpoolRecovery(MeshConnection connection) : IDisposable
{
    // The mesh forgets the ids of batches after 14 days.
    private static readonly TimeSpan Certain = TimeSpan.FromDays(13);

    private readonly ConcurrentDictionary<string, bool> _begun = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _disposed = new();

    private MeshClientOptions Options => connection.Options;

    /// <summary>Sends the files of a project in the background, once. What fails is left to whoever comes next.</summary>
    public void Begin(string project)
    {
        if (Options.SpoolFolder is null || !_begun.TryAdd(project, true)) return;
        var ct = _disposed.Token;
        _ = Task.Run(async () =>
        {
            try
            {
                await foreach (var _ in RunAsync(new RecoverSpools(project), ct))
                {
                }
            }
            catch (Exception e) when (e is MeshException or IOException or UnauthorizedAccessException or OperationCanceledException or ObjectDisposedException)
            {
            }
        }, CancellationToken.None);
    }

    public async IAsyncEnumerable<RecoveredSpool> RunAsync(RecoverSpools which, [EnumeratorCancellation] CancellationToken ct)
    {
        if (Options.SpoolFolder is not { } folder || !Directory.Exists(folder)) yield break;
        // Their names begin with runs, whose ids begin with times.
        foreach (var path in Directory.GetFiles(folder, $"*{SpoolFile.Suffix}").Order(StringComparer.Ordinal))
            if (await RecoverAsync(path, which, ct) is { } recovered) yield return recovered;
    }

    public void Dispose()
    {
        _disposed.Cancel();
        _disposed.Dispose();
    }

    private async Task<RecoveredSpool?> RecoverAsync(string path, RecoverSpools which, CancellationToken ct)
    {
        try
        {
            using var file = SpoolFile.TryOpen(path);
            return file is null ? null : await RecoverAsync(file, which, ct);
        }
        catch (UnauthorizedAccessException e)
        {
            return new RecoveredSpool(path, null, null, SpoolOutcome.Denied, Reason: e.Message);
        }
    }

    private async Task<RecoveredSpool?> RecoverAsync(SpoolFile file, RecoverSpools which, CancellationToken ct)
    {
        if (file.Header is not { } header) return Unreadable(file, which);
        if (header.Api != SpoolHeader.ServerOf(Options.Api) || (which.Project ?? header.Project) != header.Project) return null;
        var scan = SpoolScan.Of(file);
        var found = new RecoveredSpool(file.Path, header.Project, header.Run, SpoolOutcome.Waiting, scan.Points);
        if (!which.Old && scan.Waiting is [var first, ..] && first.Made < Options.Clock.GetUtcNow() - Certain)
            return found with { Outcome = SpoolOutcome.Old, Reason = "It is so old that a value might count twice." };
        return which.DryRun ? found : await SendAsync(file, scan, header, found with { Points = 0 }, ct);
    }

    private async Task<RecoveredSpool> SendAsync(SpoolFile file, SpoolScan scan, SpoolHeader header, RecoveredSpool told, CancellationToken ct)
    {
        var runs = new ProjectClient(connection, header.Project).Runs;
        var hopeless = false;
        foreach (var batch in scan.Waiting)
        {
            try
            {
                if (hopeless || file.Read(batch.At) is not { } record || SpoolScan.BatchOf(record) is not { } points)
                {
                    told = told with { Refused = told.Refused + batch.Points };
                    continue;
                }

                // The process that held the attempt is gone; what it measured counts though another attempt has taken over.
                await runs.LogMetricsAsync(header.Run, points with { Attempt = null }, ct);
                file.MarkDone(batch.Id);
                told = told with { Points = told.Points + batch.Points };
            }
            catch (MeshException e) when (IsDenied(e))
            {
                return told with { Outcome = SpoolOutcome.Denied, Reason = e.Message };
            }
            catch (MeshException e) when (MetricBuffer.IsRefusal(e))
            {
                told = told with { Refused = told.Refused + batch.Points, Reason = e.Message };
                // No such run, or one that has ended: the others would fare no better.
                hopeless = e.Status is HttpStatusCode.NotFound or HttpStatusCode.Conflict;
            }
        }

        if (told.Refused > 0) return told with { Outcome = SpoolOutcome.Refused, File = file.SetAside(".refused") };
        if (scan.Damaged > 0) return told with { Outcome = SpoolOutcome.Damaged, File = file.SetAside(".damaged"), Reason = $"{scan.Damaged} records could not be read." };
        file.Delete();
        return told with { Outcome = SpoolOutcome.Sent };
    }

    private static RecoveredSpool? Unreadable(SpoolFile file, RecoverSpools which)
    {
        if (file.Length == 0 && !which.DryRun)
        {
            // It was given up by whoever made it.
            file.Delete();
            return null;
        }

        // Nobody knows whether it is of the project, if one was named.
        if (file.Length == 0 || which.Project is not null) return null;
        return new RecoveredSpool(which.DryRun ? file.Path : file.SetAside(".damaged"), null, null, SpoolOutcome.Damaged, Reason: "Its header could not be read.");
    }

    // The one who asks, not what is sent, is at fault: another may send it.
    private static bool IsDenied(MeshException e) =>
        e.Status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden || (e.Status is HttpStatusCode.NotFound && e.Code != "run.unknown");
}
