using System.Diagnostics;

namespace Mesh.Cli.Lifecycle;

/// <summary>Starts the process that is the mesh of this machine.</summary>
internal sealed class MeshStart(string data, IReadOnlyList<string> arguments)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <summary>The log of the mesh's own process.</summary>
    public static string LogOf(string data) => Path.Combine(data, "logs", "mesh.log");

    /// <summary>Runs it until it ends; Ctrl+C drains it. Where its output is this terminal's, this process becomes the mesh: two would take twice the memory.</summary>
    /// <param name="said">Hears each line of its output, which is this terminal's when absent.</param>
    public async Task<int> ForegroundAsync(Action<string>? said, CancellationToken ct)
    {
        var start = Info(redirect: said is not null);
        if (said is null) ProgramImage.Become(start.FileName, start.ArgumentList);
        using var process = Process.Start(start) ?? throw new InvalidOperationException("The mesh could not be started.");
        if (said is not null)
        {
            process.OutputDataReceived += (_, e) =>
            {
                if (e.Data is { } line) said(line);
            };
            process.BeginOutputReadLine();
        }

        try
        {
            await process.WaitForExitAsync(ct);
        }
        catch (OperationCanceledException)
        {
            // The terminal sends the signal to the child too; kill by hand reaches only us.
            await Stopping.EndAsync(process.Id, TimeSpan.FromSeconds(40));
        }

        return process.HasExited && process.ExitCode != 0 && !ct.IsCancellationRequested ? process.ExitCode : ExitCode.Success;
    }

    /// <summary>Starts it as a process of its own and waits until it is ready. Who gives up waiting gives up the mesh.</summary>
    /// <exception cref="UsageException">It was given a wrong argument; the message is its own.</exception>
    /// <exception cref="InvalidOperationException">It ended, or was not ready in time; the message holds the end of its log.</exception>
    public async Task<RunningMesh> DetachedAsync(Action<string> progress, CancellationToken ct)
    {
        MakeFolders();
        var log = LogOf(data);
        var from = File.Exists(log) ? new FileInfo(log).Length : 0;
        using var process = Process.Start(Detached(log)) ?? throw new InvalidOperationException("The mesh could not be started.");
        var since = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(since) < Patience)
        {
            try
            {
                await Task.Delay(50, ct);
            }
            catch (OperationCanceledException)
            {
                await Stopping.EndAsync(process.Id, TimeSpan.FromSeconds(40));
                throw;
            }

            if (RunningMesh.Read(data) is { Ready: true } mesh) return mesh;
            if (LastLine(log, from) is { } line) progress(line);
            if (process.HasExited && process.ExitCode != 0) break;
        }

        if (process is { HasExited: true, ExitCode: ExitCode.Usage } && LastLine(log, from) is { } wrong) throw new UsageException(wrong);
        throw new InvalidOperationException($"The mesh did not start. {LastLine(log, from)} See {log}.");
    }

    // As the mesh itself makes them: what is kept is its owner's, and PostgreSQL, which may be another user, passes through the topmost.
    private void MakeFolders()
    {
        var logs = Path.GetDirectoryName(LogOf(data))!;
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(logs);
            return;
        }

        const UnixFileMode Own = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        Directory.CreateDirectory(data, Own | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        Directory.CreateDirectory(logs, Own);
    }

    private static string? LastLine(string log, long from)
    {
        if (!File.Exists(log)) return null;
        using var stream = new FileStream(log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        // A log that was cut since is all new.
        stream.Seek(Math.Max(from > stream.Length ? 0 : from, stream.Length - 4096), SeekOrigin.Begin);
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault()?.Trim();
    }

    // A session of its own, so that closing the terminal does not end it; the shell only opens the log and steps aside.
    private ProcessStartInfo Detached(string log)
    {
        var inner = Info(redirect: false);
        var start = new ProcessStartInfo("/bin/sh");
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add("log=$1; shift; if command -v setsid >/dev/null; then exec setsid \"$@\" >>\"$log\" 2>&1 </dev/null; else exec nohup \"$@\" >>\"$log\" 2>&1 </dev/null; fi");
        start.ArgumentList.Add("sh");
        start.ArgumentList.Add(log);
        start.ArgumentList.Add(inner.FileName);
        foreach (var argument in inner.ArgumentList) start.ArgumentList.Add(argument);
        return start;
    }

    private ProcessStartInfo Info(bool redirect)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath ?? "dotnet") { RedirectStandardOutput = redirect };
        start.ArgumentList.Add(LocalAssembly());
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        return start;
    }

    private static string LocalAssembly()
    {
        var bin = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var path = Path.Combine(bin.Parent!.Parent!.FullName, "Mesh.Local", bin.Name, "Mesh.Local.dll");
        return File.Exists(path) ? path : throw new InvalidOperationException($"{path} is missing. Start the mesh by ./mesh, which builds it.");
    }
}
