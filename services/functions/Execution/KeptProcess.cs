using System.Diagnostics;

namespace Mesh.Functions.Execution;

/// <summary>
/// A process that outlives this service. A shell, its keeper, starts it in a session of their own, holds its pipes open while nobody reads them, and writes its exit code
/// to a file. Then it waits to be ended, so that nothing that was printed is gone before somebody has read it.
/// </summary>
internal sealed class KeptProcess : RunningProcess
{
    private const string Shell = "/bin/sh";
    private const string Name = "mesh-keeper";
    private const int Killed = 128 + 9;

    // A crash leaves no core file on the disk. Signals that a process sends to its own group reach the keeper too, which survives them; the process itself has them as they are by default. It enters
    // its control group before it begins; the keeper stays outside, so that what ends the group leaves the exit code. The last line waits for ever: nobody writes to that pipe.
    private const string KeeperScript =
        """
        exec 3<>"$1" 4<>"$2" >/dev/null 2>&1
        ulimit -c 0
        trap : HUP INT QUIT USR1 USR2 PIPE ALRM TERM
        MESH_KEEPER_END=$3 MESH_KEEPER_EXIT=$4 MESH_KEEPER_GROUP=$6
        echo $$ >"$5"
        shift 6
        (echo 0 >"$MESH_KEEPER_GROUP" && exec "$@") >&3 2>&4 3>&- 4>&-
        echo $? >"$MESH_KEEPER_EXIT"
        : >"$MESH_KEEPER_END"
        read -r MESH_KEEPER_END <"$MESH_KEEPER_END"
        """;

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan StreamsClose = TimeSpan.FromSeconds(5);

    private readonly ProcessFiles _files;
    private readonly OutputPump _pump;
    private readonly Process? _child;
    private readonly ProcessEntry _keeper;

    private KeptProcess(ProcessFiles files, OutputPump pump, Process? child, ProcessEntry keeper) => (_files, _pump, _child, _keeper) = (files, pump, child, keeper);

    /// <summary>Whether this machine has what it takes: Linux with <c>/proc</c>, <c>setsid</c> and a shell.</summary>
    public static bool IsAvailable { get; } = ProcessTable.IsAvailable && SessionProcess.Launcher is not null && File.Exists(Shell);

    public override int? Session => _keeper.Id == 0 ? null : _keeper.Id;

    public override int? Keeper => Session;

    public override string? LastErrorLine => _pump.LastErrorLine;

    private bool IsAlive => _keeper.Id != 0 && ProcessTable.Find(_keeper.Id) is { IsDead: false } now && now.StartedAt == _keeper.StartedAt;

    /// <summary>Starts a program with its keeper.</summary>
    /// <param name="command">The program, by name or path, and its arguments.</param>
    /// <param name="environment">All of its environment.</param>
    /// <param name="folder">Where it works.</param>
    /// <param name="user">Whom it runs as; the service's own user when null. The keeper is the service's either way.</param>
    /// <param name="files">Where its pipes and its exit code lie.</param>
    /// <param name="write">Takes what it prints.</param>
    /// <param name="mask">Blots out secrets.</param>
    /// <param name="group">The control group that it enters; null for none.</param>
    /// <returns>The process, or the reason why it could not be started.</returns>
    /// <exception cref="IOException">Its pipes cannot be made.</exception>
    public static (KeptProcess? Process, string? Fault) Start(
        IReadOnlyList<string> command, IReadOnlyDictionary<string, string> environment, string folder, JobUser? user, ProcessFiles files, Action<string> write, SecretMask mask, AttemptGroup? group)
    {
        files.Make();
        var pump = new OutputPump(files, write, mask);
        var (child, fault) = Launch(
            [SessionProcess.Launcher!, Shell, "-c", KeeperScript, Name, files.Out, files.Errors, files.End, files.Exit, files.Keeper, group?.Entrance ?? "/dev/null"], command, environment, folder, user,
            redirects: false);
        if (child is not null) return (new KeptProcess(files, pump, child, ProcessTable.Find(child.Id) ?? new ProcessEntry(child.Id, 0, child.Id, 0, IsDead: true)), null);
        pump.Dispose();
        files.Remove();
        return (null, fault);
    }

    /// <summary>Goes on with a process that another service has started: one that runs, or that has ended and left its exit code. Null if there is none.</summary>
    public static KeptProcess? Resume(ProcessMark mark, ProcessFiles files, Action<string> write, SecretMask mask)
    {
        if (!IsAvailable || !File.Exists(files.Out)) return null;
        var keeper = FindKeeper(mark, files);
        return keeper is null && files.ReadExit() is null ? null : new KeptProcess(files, new OutputPump(files, write, mask), null, keeper ?? default);
    }

    /// <summary>Whether somebody on this machine could go on with an attempt: one of its processes is a keeper.</summary>
    public static bool IsKept(ProcessMark mark) =>
        ProcessTable.Read().Any(process => !process.IsDead && process.Session == process.Id && ProcessTable.MarkOf(process) == mark && ProcessTable.CommandOf(process.Id).ElementAtOrDefault(3) == Name);

    /// <summary>The keeper of a process, if it lives.</summary>
    public static ProcessEntry? FindKeeper(ProcessMark mark, ProcessFiles files) =>
        files.ReadKeeper() is { } id && ProcessTable.Find(id) is { IsDead: false } entry && entry.Session == id && ProcessTable.MarkOf(entry) == mark ? entry : null;

    public override async Task<int> WaitAsync(CancellationToken ct)
    {
        if (!_pump.Ended.IsCompleted)
        {
            using var watching = CancellationTokenSource.CreateLinkedTokenSource(ct);
            var gone = GoneAsync(watching.Token);
            await Task.WhenAny(_pump.Ended, gone);
            await watching.CancelAsync();
            await gone.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (_pump.Ended.IsFaulted) await _pump.Ended;
        if (_files.ReadExit() is { } code) return code;
        ct.ThrowIfCancellationRequested();
        // The keeper was killed, and what it kept is killed next.
        return _child is { HasExited: true } ? _child.ExitCode : Killed;
    }

    public override async Task CloseAsync()
    {
        var draining = _pump.DrainAsync();
        if (await Task.WhenAny(draining, Task.Delay(StreamsClose)) != draining) await _pump.LeaveAsync();
        else await draining;
        // With its group: one that is stopped at its beginning may be about to start its program.
        if (IsAlive && !OperatingSystem.IsWindows()) ProcessTable.Signal(-_keeper.Id, 9);
        if (_child is not null) await _child.WaitForExitAsync();
    }

    /// <summary>Lets it run on without this service: what it has printed and nobody has read waits for the next one.</summary>
    public Task LeaveAsync() => _pump.LeaveAsync();

    public override void Dispose()
    {
        _pump.Dispose();
        _child?.Dispose();
    }

    private async Task GoneAsync(CancellationToken ct)
    {
        if (_child is not null) await _child.WaitForExitAsync(ct);
        else
        {
            while (IsAlive) await Task.Delay(Look, ct);
        }
    }
}
