using System.Diagnostics;
using System.Globalization;
using Mesh.Benchmarks.Load;
using Mesh.Client;
using Mesh.Contracts.Functions;

namespace Mesh.Benchmarks.Figures;

/// <summary>What jobs cost over the processes that they are: the wait for the first line, the rate of jobs that do nothing, and a job that prints without end.</summary>
internal static class Jobs
{
    private const int Starts = 30;
    private const int Idle = 1_000;
    private const int Submitters = 8;
    private const int LogMegabytesPerSecond = 50;
    private const int LogSeconds = 8;
    private const string Script = "nothing.py";
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(5);
    private static readonly string[] Nothing = ["true"];

    // That of the system, not one that a shell script looks for first.
    private static readonly string Python = File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3";
    private static readonly string[] Line = ["sh", "-c", "echo up; sleep 0.3"];

    // Ten times a second so many lines of 100 bytes as make the rate; at the end it tells by how much it was late.
    private static readonly string Printing = string.Create(CultureInfo.InvariantCulture,
        $"import sys, time\nblock = (b'x' * 99 + b'\\n') * {LogMegabytesPerSecond * 1000}\nbegan = time.monotonic()\nfor i in range({LogSeconds * 10}):\n    sys.stdout.buffer.write(block); sys.stdout.buffer.flush()\n"
        + $"    time.sleep(max(0, began + (i + 1) / 10 - time.monotonic()))\nopen(sys.argv[1], 'w').write(str(time.monotonic() - began))\n");

    public static async IAsyncEnumerable<Figure> MeasureAsync(MeshClient client, string project, string folder, string data)
    {
        var jobs = client.Project(project);
        yield return await FirstLineAsync(jobs);
        // Until the compiler is through with what runs for every job.
        await IdleRateAsync(jobs, new SubmitJob(Command: Nothing), 3 * Idle);
        yield return await NothingAsync(jobs, "jobs that do nothing", Nothing, new SubmitJob(Command: Nothing));
        await jobs.Functions.DefineAsync("nothing", new DefineFunction(FunctionKind.Process, [Python, Script], Files: [new CodeFile(Script, "")]));
        var script = Path.Combine(folder, Script);
        await File.WriteAllTextAsync(script, "");
        yield return await NothingAsync(jobs, "jobs of a Python function that does nothing", [Python, script], new SubmitJob(Function: "nothing"));
        await foreach (var figure in LoggingAsync(jobs, folder, data)) yield return figure;
    }

    private static async Task<Figure> FirstLineAsync(ProjectClient project)
    {
        List<double> bare = [], ours = [];
        // The first ones are compiled, and find the caches empty.
        for (var i = -5; i < Starts; i++)
        {
            var (plain, job) = (await BareFirstLineAsync(), await JobFirstLineAsync(project));
            if (i < 0) continue;
            bare.Add(plain);
            ours.Add(job);
        }

        bare.Sort();
        ours.Sort();
        return Figure.Below(
            string.Create(CultureInfo.InvariantCulture, $"submit to first line over by hand, p50 ({ours[Starts / 2]:0} ms, {bare[Starts / 2]:0.0} ms)"), ours[Starts / 2] - bare[Starts / 2], 150, "ms");
    }

    private static async Task<double> BareFirstLineAsync()
    {
        var began = Stopwatch.GetTimestamp();
        using var process = Process.Start(new ProcessStartInfo(Line[0], Line[1..]) { RedirectStandardOutput = true })!;
        await process.StandardOutput.ReadLineAsync();
        var elapsed = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        await process.WaitForExitAsync();
        return elapsed;
    }

    /// <summary>Until whoever follows the log of the job's run sees the line.</summary>
    private static async Task<double> JobFirstLineAsync(ProjectClient project)
    {
        var began = Stopwatch.GetTimestamp();
        var job = await project.Jobs.SubmitAsync(new SubmitJob(Command: Line));
        while (await LogAsync(project, job.Id) == "") await Task.Delay(Look);
        var elapsed = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        await project.Jobs.WaitAsync(job.Id);
        return elapsed;
    }

    private static async Task<string> LogAsync(ProjectClient project, Guid job)
    {
        try
        {
            return (await project.Runs.LogAsync(job)).Text;
        }
        catch (MeshException e) when (e.Problem?.Code == "run.unknown")
        {
            return "";
        }
    }

    private static async Task<Figure> NothingAsync(ProjectClient project, string what, string[] command, SubmitJob job)
    {
        var bare = await BareRateAsync(command);
        return Figure.Rate(string.Create(CultureInfo.InvariantCulture, $"{Idle:#,0} {what}, against a pool of as many processes"), await IdleRateAsync(project, job, Idle), bare, 0.6);
    }

    /// <summary>They wait behind one that is aborted when all are queued, so that only their way from the queue to their end counts.</summary>
    private static async Task<double> IdleRateAsync(ProjectClient project, SubmitJob job, int count)
    {
        var experiment = $"nothing-{Guid.CreateVersion7():N}";
        await project.Jobs.SetLimitsAsync(1);
        var first = await project.Jobs.SubmitAsync(new SubmitJob(Command: ["sleep", "600"], Priority: 100));
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = Submitters },
            async (_, ct) => await project.Jobs.SubmitAsync(job with { Experiment = experiment }, ct));
        await project.Jobs.SetLimitsAsync(null);
        await project.Jobs.AbortAsync(first.Id);
        while ((await project.Jobs.LimitsAsync()) is { Running: > 0 } or { Queued: > 0 }) await Task.Delay(TimeSpan.FromMilliseconds(200));
        var done = await project.Jobs.ListAsync(new Mesh.Client.Functions.JobFilter { Experiment = experiment, PageSize = 500 }).ToListAsync();
        if (done.Count(one => one.Status == JobStatus.Succeeded) != count) throw new InvalidOperationException("some of the jobs that do nothing have failed.");
        return count / (done.Max(one => one.EndedAt!.Value) - done.Min(one => one.Attempts[0].StartedAt)).TotalSeconds;
    }

    private static async Task<double> BareRateAsync(string[] command)
    {
        var began = Stopwatch.GetTimestamp();
        await Parallel.ForAsync(0, Idle, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, async (_, ct) =>
        {
            using var process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            await process.StandardOutput.ReadToEndAsync(ct);
            await process.WaitForExitAsync(ct);
        });
        return Idle / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    private static async IAsyncEnumerable<Figure> LoggingAsync(ProjectClient project, string folder, string data)
    {
        var told = Path.Combine(folder, "printed");
        var before = MeshMemory.Weigh(data);
        var job = await project.Jobs.SubmitAsync(new SubmitJob(Command: ["python3", "-c", Printing, told]));
        var waiting = project.Jobs.WaitAsync(job.Id);
        var most = before;
        while (!waiting.IsCompleted)
        {
            most = Math.Max(most, MeshMemory.Weigh(data));
            await Task.WhenAny(waiting, Task.Delay(TimeSpan.FromMilliseconds(250)));
        }

        if ((await waiting) is { Status: not JobStatus.Succeeded } failed) throw new InvalidOperationException($"the job that prints failed: {failed.Cause}");
        var took = double.Parse(await File.ReadAllTextAsync(told), CultureInfo.InvariantCulture);
        var end = "";
        await foreach (var chunk in project.Runs.FollowLogAsync(job.Id)) end = string.Concat(end, chunk.Text)[^Math.Min(end.Length + chunk.Text.Length, 500)..];
        // Whichever limit comes first: what a worker keeps of an attempt, or what tracking keeps of a run.
        if (!end.Contains("the rest is dropped", StringComparison.Ordinal) && !end.Contains("the log was cut here", StringComparison.Ordinal))
            throw new InvalidOperationException($"the log does not say that it was cut; it ends with: {end}");
        yield return Figure.Below(string.Create(CultureInfo.InvariantCulture, $"a job that prints {LogMegabytesPerSecond} MB/s for {LogSeconds} s: its time"), took, LogSeconds * 1.1, "s");
        yield return Figure.Below("memory of the mesh meanwhile, over before", most - before, 150, "MB");
    }
}
