using System.Diagnostics;

namespace Mesh.Postgres;

/// <summary>
/// Ends the server when the process that started it was killed and nobody took the server over. A shell reads from a pipe that only we hold:
/// however we die, the pipe closes, and after a grace it stops the server unless another process has marked it as its own.
/// </summary>
internal sealed class OrphanWatch : IDisposable
{
    private const string Script = """
        exec >/dev/null 2>&1
        trap '' INT TERM HUP
        while read -r _; do :; done
        sleep "$1"
        [ "$(cat "$2")" = "$3" ] && kill -INT "$(head -n 1 "$4")"
        """;

    private readonly Process? _shell;

    private OrphanWatch(Process? shell) => _shell = shell;

    /// <summary>Starts the watch. Where there is no POSIX shell, an orphan waits for the next start.</summary>
    public static OrphanWatch Start(Cluster cluster, string mark, TimeSpan grace)
    {
        if (OperatingSystem.IsWindows())
        {
            return new OrphanWatch(null);
        }

        // A session of its own: who kills our whole process group must not kill the watch with it.
        string[] session = File.Exists("/usr/bin/setsid") ? ["/usr/bin/setsid", "/bin/sh"] : ["/bin/sh"];
        var start = new Command(session[0], [.. session[1..], "-c", Script, "mesh-postgres-watch", $"{grace.TotalSeconds:0}", cluster.Owner, mark, cluster.PidFile]).StartInfo();
        start.RedirectStandardOutput = start.RedirectStandardError = false;
        return new OrphanWatch(Process.Start(start));
    }

    public void Dispose()
    {
        if (_shell is { HasExited: false })
        {
            _shell.Kill(entireProcessTree: true);
        }

        _shell?.Dispose();
    }
}
