using System.Diagnostics;

namespace Mesh.Local.Tests.Logs;

public sealed class LogFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mesh-log-").FullName;

    private string Log => Path.Combine(_folder, "tracking.log");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_full_log_is_put_aside_once_and_a_new_one_begun()
    {
        using var log = new LogFile(Log, limit: 20);

        foreach (var line in (string[])["the first 20 characters", "second, 20 characters", "third"]) log.Write(line);

        File.ReadAllText(Log + ".old").ShouldBe("second, 20 characters\n");
        File.ReadAllText(Log).ShouldBe("third\n");
    }

    [Fact]
    public void A_start_goes_on_where_the_last_one_ended()
    {
        using (var first = new LogFile(Log)) first.Write("one");

        using (var second = new LogFile(Log)) second.Write("two");

        File.ReadAllText(Log).ShouldBe("one\ntwo\n");
    }

    [Fact]
    public async Task What_cannot_be_written_is_dropped_and_the_rest_taken_to_its_end()
    {
        // A device that is always full.
        using var log = new LogFile("/dev/full");
        using var talker = Process.Start(new ProcessStartInfo("sh", ["-c", "seq 1 200000"]) { RedirectStandardOutput = true })!;

        await log.TakeAsync(talker.StandardOutput);

        await talker.WaitForExitAsync(TestContext.Current.CancellationToken);
        talker.ExitCode.ShouldBe(0);
    }

    [Fact]
    public void A_log_that_can_be_written_again_is()
    {
        var gone = Path.Combine(_folder, "gone");
        using var log = new LogFile(Path.Combine(gone, "tracking.log"));
        log.Write("dropped");

        Directory.CreateDirectory(gone);
        log.Write("kept");

        File.ReadAllText(Path.Combine(gone, "tracking.log")).ShouldBe("kept\n");
    }

    [Fact]
    public async Task The_log_that_a_shell_ties_to_an_output_is_cut_and_gone_on_with()
    {
        using var shell = Process.Start(new ProcessStartInfo("sh", ["-c", "exec cat >> \"$0\"", Log]) { RedirectStandardInput = true })!;
        await shell.StandardInput.WriteAsync("before\n");
        await shell.StandardInput.FlushAsync(TestContext.Current.CancellationToken);
        await Mesh.Testing.Eventually.Holds(() => File.ReadAllText(Log).ShouldBe("before\n"));

        DetachedLog.Shorten(Log, limit: 100);
        (await File.ReadAllTextAsync(Log, TestContext.Current.CancellationToken)).ShouldBe("before\n");
        DetachedLog.Shorten(Log, limit: 5);

        await shell.StandardInput.WriteAsync("after\n");
        shell.StandardInput.Close();
        await shell.WaitForExitAsync(TestContext.Current.CancellationToken);
        (await File.ReadAllTextAsync(Log, TestContext.Current.CancellationToken)).ShouldBe("after\n");
        (await File.ReadAllTextAsync(Log + ".old", TestContext.Current.CancellationToken)).ShouldBe("before\n");
    }
}
