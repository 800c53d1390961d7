using System.Globalization;
using Mesh.Cli.Serving;
using Mesh.Cli.Terminal;
using Mesh.Client;
using Mesh.Client.Artifacts;
using Mesh.Client.Tracking;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Contracts.Functions;
using Mesh.Contracts.Monitoring;
using Mesh.Contracts.Projects;
using Mesh.Contracts.Serving;
using Mesh.Contracts.Tracking;

namespace Mesh.Cli.Demo;

/// <summary>The story of the demo. Every figure it prints comes from the API.</summary>
internal sealed class DemoScript
{
    private const string Name = "breast-cancer";
    private const string Dataset = "breast-cancer.csv";
    private const string Holdout = "breast-cancer-holdout.csv";
    private const string Champion = "champion";
    private const string Malignant = "diagnosis = 'malignant'";
    private const double LeastAccuracy = 0.85;
    private const string Rule = "retrain-on-drift";
    private const string ByAccuracy = "metrics.accuracy DESC";
    private const int MinRows = 50;
    private const int MinFeatures = 3;
    private const int MostWindows = 6;
    private static readonly TimeSpan Window = TimeSpan.FromHours(1);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private readonly MeshClient _mesh;
    private readonly DemoPen _pen;
    private readonly DemoData _data = DemoData.Load();
    private readonly DemoFiles _files;

    /// <param name="mesh">The mesh to play on.</param>
    /// <param name="pen">Prints each step.</param>
    /// <param name="folder">Where the rows are put as CSV files.</param>
    public DemoScript(MeshClient mesh, DemoPen pen, string folder) => (_mesh, _pen, _files) = (mesh, pen, new DemoFiles(folder, _data));

    /// <summary>Plays it in a new project.</summary>
    /// <exception cref="InvalidOperationException">A step did not come to the end it should; the message says which and why.</exception>
    public async Task RunAsync(CancellationToken ct)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limited.CancelAfter(TimeSpan.FromMinutes(15));
        ct = limited.Token;
        await _files.WriteAsync(ct);
        var project = await CreateProjectAsync(ct);
        await UploadAsync(project, ct);
        await ProfileAsync(project, ct);
        await DescribeAsync(project, ct);
        var (trained, first) = await TrainAsync(project, ct);
        await CompareAsync(project, trained, ct);
        await AskAsMlflowAsync(project, trained, ct);
        await PromoteAsync(project, first, ct);
        await DeployAsync(project, ct);
        await ArmAsync(project, ct);
        var traffic = await Traffic.ToAsync(project, Name, _data.Columns, DemoData.Target, ct);
        var hour = Math.Floor((TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalHours);
        var yesterday = DateTimeOffset.UnixEpoch.AddHours(hour - 24);
        await ServeAsync(traffic, yesterday, ct);
        var detected = await DriftAsync(project, traffic, yesterday, ct);
        await RetrainAsync(project, detected, ct);
        await AfterwardsAsync(project, traffic, ct);
        await TraceAsync(project, ct);
    }

    private async Task<ProjectClient> CreateProjectAsync(CancellationToken ct)
    {
        var name = await _pen.StepAsync<string>("Create a project", async _ =>
        {
            for (var i = 1; ; i++)
            {
                var candidate = i == 1 ? "demo" : string.Create(CultureInfo.InvariantCulture, $"demo-{i}");
                if (await _mesh.Projects.FindAsync(candidate, ct) is not null) continue;
                await _mesh.Projects.CreateAsync(new CreateProject(candidate, "From a CSV to a monitored model"), ct);
                return (candidate, candidate);
            }
        }, project => [$"mesh projects create {project}"]);
        _pen.Project = name;
        return _mesh.Project(name);
    }

    private Task UploadAsync(ProjectClient project, CancellationToken ct) => _pen.StepAsync("Upload the data set", async _ =>
    {
        var spec = new UploadSpec { Kind = ArtifactKind.Dataset, ContentType = "text/csv", FileName = Dataset };
        var train = await project.Artifacts.UploadAsync(Dataset, _data.Csv(_data.Train), spec, ct);
        await project.Artifacts.UploadAsync(Holdout, _data.Csv(_data.Held), spec with { FileName = Holdout }, ct);
        return (train, $"Breast Cancer Wisconsin (UCI, CC BY 4.0): {_data.Train.Count} rows to train on ({Figures.Size(train.Size)}), {_data.Held.Count} held back");
    }, _ => [Put(Dataset, _files.Train), Put(Holdout, _files.Held)]);

    private Task ProfileAsync(ProjectClient project, CancellationToken ct) => _pen.StepAsync("See what is in it", async _ =>
    {
        var dataset = await project.Datasets.ProfileAsync(Dataset, ct: ct);
        var profile = dataset.Profile ?? throw new InvalidOperationException($"The data set cannot be read: {dataset.Fault?.Detail}");
        var malignant = await project.Datasets.RowsAsync(Dataset, filter: Malignant, ct: ct).CountAsync(ct);
        var first = profile.Statistics[0];
        var shape = first.Numbers?.Histogram is { } histogram ? SparkLine.Of([.. histogram.Counts.Select(count => (double)count)]) : "";
        return (dataset, $"{profile.Rows} rows, {profile.Columns.Count} columns, {profile.Columns.Count(column => column.Kind is DatasetColumnKind.Number)} of numbers; {first.Column} {shape}; {malignant} rows with {Malignant}");
    }, _ => [$"mesh datasets show {Dataset} -P {project.Name}", $"mesh datasets preview {Dataset} --filter \"{Malignant}\" -P {project.Name}"]);

    private Task DescribeAsync(ProjectClient project, CancellationToken ct) => _pen.StepAsync("Describe it", async say =>
    {
        var job = await RunJobAsync(project, new SubmitJob(Item: "describe", Params: Describing()), say, ct);
        var run = await project.Runs.GetAsync(job.Id, ct: ct);
        var artifacts = await project.Artifacts.ListAsync(runId: job.Id, ct: ct).CountAsync(ct);
        return (job, $"{Metric(run, "rows")} rows, {Metric(run, "columns")} columns, {Metric(run, "missing")} missing values; {artifacts} reports and plots");
    }, _ => [Submit("describe", Describing())]);

    private Task<(RunInfo Run, ModelVersion Version)> TrainAsync(ProjectClient project, CancellationToken ct) => _pen.StepAsync("Train with auto-trainer", async say =>
    {
        var job = await RunJobAsync(project, new SubmitJob(Item: "auto-trainer", Params: Training()), say, ct);
        var run = await project.Runs.GetAsync(job.Id, ct: ct);
        var trials = await project.Runs.ListAsync(new RunFilter { Parent = job.Id }, ct).CountAsync(ct);
        var version = await project.Models.ResolveAsync(run.Tags["model-version"], ct);
        return ((run, version), $"{trials} algorithms as child runs, best {run.Tags["best-algorithm"]}; cross-validated accuracy {Metric(run, "cv/accuracy")}, held back {Metric(run, "accuracy")}; registered {Name}@{version.Version}");
    }, _ => [Submit("auto-trainer", Training())]);

    private Task CompareAsync(ProjectClient project, RunInfo trained, CancellationToken ct) => _pen.StepAsync("Compare what was tried", async _ =>
    {
        var trials = await project.Runs.ListAsync(new RunFilter { Parent = trained.Id, OrderBy = [ByAccuracy] }, ct).ToListAsync(ct);
        var comparison = await project.Runs.CompareAsync(new CompareRuns([.. trials.Select(run => run.Id)]), ct);
        var folds = await project.Runs.ChartAsync(trials[0].Id, "fold/accuracy", ct: ct);
        var ranking = string.Join(", ", trials.Select(run => $"{run.Name} {Metric(run, "accuracy")}"));
        return (trials, $"{ranking}; {comparison.Rows.Count(row => row.Differs)} of {comparison.Rows.Count} values differ; the best over {folds.Values.Count} folds {SparkLine.Of(folds.Values)}");
    }, trials =>
    [
        $"mesh runs list --parent {trained.Id} --order-by \"{ByAccuracy}\" -P {project.Name}",
        $"mesh runs compare {string.Join(' ', trials.Select(run => run.Id))} --only-differences -P {project.Name}",
    ]);

    private Task AskAsMlflowAsync(ProjectClient project, RunInfo trained, CancellationToken ct)
    {
        var door = new MlflowDoor(_mesh.Options, project.Name);
        var search = MlflowDoor.Search(trained.ExperimentId, "metrics.accuracy > 0.9", ByAccuracy);
        return _pen.StepAsync("Ask as an MLflow client does", async _ =>
        {
            var found = await door.SearchAsync(search, ct);
            if (found.Count == 0) throw new InvalidOperationException($"The MLflow protocol at {door.TrackingUri} found none of the runs.");
            return (found, $"MLFLOW_TRACKING_URI={door.TrackingUri} finds {found.Count} runs with an accuracy over 0.9, first {found[0].Name} ({Figures.Number(found[0].Metric("accuracy"))})");
        }, _ => [$"curl -s -H \"Authorization: Bearer $(mesh token)\" -H \"Content-Type: application/json\" -d '{search}' {door.SearchUri}"]);
    }

    private Task PromoteAsync(ProjectClient project, ModelVersion version, CancellationToken ct) => _pen.StepAsync("Promote the best model, past a gate", async _ =>
    {
        await project.Models.SetGateAsync(Name, Champion, new SetGate(Checks: [new GateCheck("accuracy", AtLeast: LeastAccuracy)]), ct);
        var report = await project.Models.CheckGateAsync(Name, Champion, version.Version, ct);
        await project.Models.PromoteAsync(Name, new PromoteModel(version.Version, Champion, "The first version."), ct);
        var checks = string.Join(", ", report.Results.Select(result => result.Detail.TrimEnd('.')));
        return (version, $"{checks}, at least {Figures.Number(LeastAccuracy)} is asked for; {Name}@{Champion} is version {version.Version}");
    }, v =>
    [
        $"mesh models gate {Name} {Champion} --at-least accuracy={Figures.Number(LeastAccuracy)} -P {project.Name}",
        $"mesh models promote {Name} {v.Version} -P {project.Name}",
        $"mesh models card {Name}@{Champion} -P {project.Name}",
    ]);

    private Task DeployAsync(ProjectClient project, CancellationToken ct) => _pen.StepAsync("Deploy an endpoint", async _ =>
    {
        await project.Endpoints.DeployAsync(Name, new DeployEndpoint(Name, Champion), ct);
        var endpoint = await project.Endpoints.WaitAsync(Name, ct: ct);
        if (endpoint.Status != EndpointStatus.Ready) throw new InvalidOperationException($"The endpoint did not load its model: {endpoint.Cause}");
        return (endpoint, $"serves version {endpoint.ServingVersion} by the Open Inference Protocol, follows @{Champion}");
    }, _ => [$"mesh endpoints deploy {Name} {Name}@{Champion} -P {project.Name}"]);

    private Task ServeAsync(Traffic traffic, DateTimeOffset from, CancellationToken ct) => _pen.StepAsync("Send the held-back rows", async _ =>
    {
        var result = await traffic.SendAsync(_data.Held, from, Window, ct);
        return (result, $"{result.Rows} requests, accuracy {Percent(result.Accuracy)}, latency p50 {Milliseconds(result, 0.5)}, p99 {Milliseconds(result, 0.99)}");
    }, _ => [Send(_files.Held, from, Window)]);

    private Task ArmAsync(ProjectClient project, CancellationToken ct) => _pen.StepAsync("Watch it, and say what drift is to do", async _ =>
    {
        var monitor = await ConfigureAsync(project, ct);
        await project.Alerts.DefineAsync(Rule, new DefineAlertRule(
            "drift.detected",
            new AlertAction(new SubmitJob(Item: "auto-trainer", Name: "retrain after drift", Params: Retraining())),
            Name, Description: "Retrain on the newest data; promote only what beats the champion."), ct);
        return (monitor, $"windows of {Window.TotalHours:0} h, drift after {monitor.Settings.WindowsToDetect} in a row; then: retrain, promote only if better");
    }, _ =>
    [
        $"mesh monitors configure {Name} --window {Window.TotalSeconds:0} --min-rows {MinRows} --min-features {MinFeatures} -P {project.Name}",
        $"mesh alerts define {Rule} --on drift.detected --subject {Name} --item auto-trainer{Flags(Retraining())} -P {project.Name}",
    ]);

    private Task<DriftDetected> DriftAsync(ProjectClient project, Traffic traffic, DateTimeOffset from, CancellationToken ct)
    {
        var windows = 0;
        return _pen.StepAsync($"Send rows of a miscalibrated instrument ({DemoData.Miscalibration})", async say =>
        {
            var spec = new UploadSpec { Kind = ArtifactKind.Dataset, ContentType = "text/csv", FileName = Dataset };
            // Half of the new rows are diagnosed in the meantime: they extend the training data, and the rest the held-back rows.
            await project.Artifacts.UploadFileAsync(Dataset, _files.Extended, spec, ct);
            await project.Artifacts.UploadFileAsync(Holdout, _files.HeldOfBoth, spec with { FileName = Holdout }, ct);
            var right = 0;
            var sent = 0;
            while (windows < MostWindows)
            {
                windows++;
                var result = await traffic.SendAsync(_data.Later, from + (Window * windows), Window, ct);
                (right, sent) = (right + result.Right!.Value, sent + result.Rows);
                say($"{sent} rows sent, accuracy {Figures.Percent((double)right / sent)}");
                if (await DetectedAsync(project, windows < MostWindows ? TimeSpan.FromSeconds(3) : TimeSpan.FromSeconds(20), ct) is not { } drift) continue;
                var worst = drift.Features.Where(f => f.Drifted).OrderByDescending(f => f.Psi).ToList();
                var clean = await project.Monitors.WindowsAsync(Name, ct).FirstAsync(w => w.From == from, ct);
                var verdict = $"the window before was {(clean.Drifted ? "drifted" : "clean")} (highest PSI {Figures.Number(clean.Features.Max(f => f.Psi))})";
                return (drift, $"{sent} rows, accuracy {Figures.Percent((double)right / sent)}; {verdict}; drift detected in {worst.Count} features, most in {worst[0].Feature} (PSI {Figures.Number(worst[0].Psi)})");
            }

            throw new InvalidOperationException($"No drift was detected over {MostWindows} windows of shifted rows. See: mesh monitors windows {Name} -P {project.Name}");
        }, _ =>
        [
            Put(Dataset, _files.Extended), Put(Holdout, _files.HeldOfBoth),
            .. Enumerable.Range(1, windows).Select(window => Send(_files.Later, from + (Window * window), Window)),
            $"mesh monitors show {Name} -P {project.Name}",
        ]);
    }

    private Task RetrainAsync(ProjectClient project, DriftDetected drift, CancellationToken ct) => _pen.StepAsync("The alert rule retrains", async say =>
    {
        var activation = await UntilAsync(
            async () => await project.Alerts.ActivationsAsync(Rule, ct).FirstOrDefaultAsync(ct), "The alert rule did not fire", ct);
        if (activation.JobId is not { } id) throw new InvalidOperationException($"The alert rule could not submit its job: {activation.Cause}");
        var job = Succeeded(await project.Jobs.WaitAsync(id, j => say(Output.Text(j.Status)), ct));
        var run = await UntilAsync(async () => await project.Runs.GetAsync(job.Id, ct: ct) is { Status: RunStatus.Completed } done ? done : null, "The run did not complete", ct);
        return (run, $"held back, old and new instrument: {Name}@{drift.ModelVersion} accuracy {Metric(run, "champion/accuracy")}, {run.Tags["model-version"]} {Metric(run, "accuracy")}; {run.Tags["promotion"]}");
    }, run => [Submit("auto-trainer", Retraining()), $"mesh runs show {run.Id} -P {project.Name}"]);

    private Task AfterwardsAsync(ProjectClient project, Traffic traffic, CancellationToken ct) => _pen.StepAsync("Send the held-back rows of both instruments again", async _ =>
    {
        var champion = await project.Models.GetVersionAsync(Name, Champion, ct);
        await project.Endpoints.WaitAsync(Name, champion.Version, ct);
        var result = await traffic.SendAsync(_files.BothHeld, TimeProvider.System.GetUtcNow(), TimeSpan.Zero, ct);
        var endpoint = await UntilAsync(
            async () => await project.Endpoints.GetAsync(Name, ct) is { } e && e.Captured + e.Dropped >= traffic.Sent ? e : null, "The predictions were not captured", ct);
        return (endpoint, $"version {endpoint.ServingVersion} answers: accuracy {Percent(result.Accuracy)} over {result.Rows} rows; {endpoint.Captured} predictions captured, {endpoint.Dropped} dropped");
    }, _ => [Send(_files.HeldOfBoth, null, TimeSpan.Zero), $"mesh endpoints show {Name} -P {project.Name}"]);

    // The graph follows from events: it knows of the endpoint's new version soon, not at once.
    private Task TraceAsync(ProjectClient project, CancellationToken ct) => _pen.StepAsync("Trace it back", async _ =>
    {
        var champion = await project.Models.GetVersionAsync(Name, Champion, ct);
        var endpoint = new MeshUri(project.Name, MeshUri.Endpoint, Name);
        var first = MeshUri.Of(project.Name, "dataset", Dataset, 1);
        var affected = await UntilAsync(
            async () => await project.Lineage.AffectedAsync(MeshUri.Of(project.Name, MeshUri.RegisteredModel, Name, champion.Version), ct) is { Endpoints: [{ ServesNow: true }, ..] } known ? known : null,
            "The lineage of the new version is not known", ct);
        var up = await project.Lineage.GetAsync(endpoint, LineageDirection.Up, 10, ct: ct);
        var kinds = string.Join(", ", up.Nodes.Where(node => node.Distance < 0).CountBy(node => node.Kind).OrderBy(kind => kind.Key, StringComparer.Ordinal).Select(kind => Count(kind.Value, kind.Key.Replace('-', ' '))));
        var withdrawn = await project.Lineage.AffectedAsync(first, ct);
        return (affected, $"behind the endpoint are {kinds}; without the first data set {Count(withdrawn.Runs.Count, "run")} and {Count(withdrawn.ModelVersions.Count, "model version")} would not be what they are");
    }, _ => [$"mesh lineage endpoint:{Name} --up --depth 10 -P {project.Name}", $"mesh lineage affected dataset:{Dataset}@1 -P {project.Name}"]);

    private static Task<MonitorInfo> ConfigureAsync(ProjectClient project, CancellationToken ct) => UntilAsync(async () =>
    {
        try
        {
            return await project.Monitors.ConfigureAsync(Name, new ConfigureMonitor((int)Window.TotalSeconds, MinRows: MinRows, MinFeatures: MinFeatures), ct);
        }
        catch (MeshException e) when (e.Status == System.Net.HttpStatusCode.NotFound)
        {
            return null;
        }
    }, "The endpoint has no monitor", ct);

    private static Dictionary<string, string> Describing() => new() { ["dataset"] = Dataset, ["target"] = DemoData.Target };

    private static Dictionary<string, string> Training() => new()
    {
        ["dataset"] = Dataset,
        ["target"] = DemoData.Target,
        ["model"] = Name,
        ["metric"] = "accuracy",
        ["positive"] = "malignant",
        ["holdout"] = Holdout,
    };

    private static Dictionary<string, string> Retraining() => new(Training()) { ["alias"] = Champion, ["compare-alias"] = Champion };

    private string Put(string key, string file) => $"mesh artifacts put {key} {file} --kind dataset -P {_pen.Project}";

    private string Submit(string item, Dictionary<string, string> values) => $"mesh jobs submit --item {item}{Flags(values)} --wait -P {_pen.Project}";

    private string Send(string file, DateTimeOffset? from, TimeSpan over)
    {
        var when = from is { } time ? string.Create(CultureInfo.InvariantCulture, $" --from {time:yyyy-MM-dd'T'HH:mm:ss'Z'} --over {over.TotalSeconds:0}") : "";
        return $"mesh endpoints send {Name} {file} --label {DemoData.Target}{when} -P {_pen.Project}";
    }

    private static string Flags(Dictionary<string, string> values) => string.Concat(values.Select(pair => $" -p {pair.Key}={pair.Value}"));

    private static async Task<JobInfo> RunJobAsync(ProjectClient project, SubmitJob submit, Action<string> say, CancellationToken ct)
    {
        var job = Succeeded(await project.Jobs.WaitAsync((await project.Jobs.SubmitAsync(submit, ct)).Id, j => say(Output.Text(j.Status)), ct));
        await UntilAsync(async () => await project.Runs.GetAsync(job.Id, ct: ct) is { Status: RunStatus.Completed } done ? done : null, "The run did not complete", ct);
        return job;
    }

    private static JobInfo Succeeded(JobInfo job) => job.Status == JobStatus.Succeeded
        ? job
        : throw new InvalidOperationException($"The job {job.Name} ended as {Output.Text(job.Status)}: {job.Cause} See: mesh runs logs {job.Id}");

    private static async Task<DriftDetected?> DetectedAsync(ProjectClient project, TimeSpan patience, CancellationToken ct)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limited.CancelAfter(patience);
        try
        {
            await foreach (var entry in project.Events.SubscribeAsync("drift.detected", Name, after: 0, limited.Token)) return entry.Event.DataAs<DriftDetected>();
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            // Not yet: the next window of rows will tell.
        }

        return null;
    }

    private static async Task<T> UntilAsync<T>(Func<Task<T?>> read, string otherwise, CancellationToken ct) where T : class
    {
        var since = TimeProvider.System.GetTimestamp();
        while (true)
        {
            if (await read() is { } value) return value;
            if (TimeProvider.System.GetElapsedTime(since) > Patience) throw new InvalidOperationException($"{otherwise} within {Patience.TotalMinutes:0} minutes.");
            await Task.Delay(100, ct);
        }
    }

    private static string Count(int number, string noun) => $"{number} {noun}{(number == 1 ? "" : "s")}";

    private static string Percent(double? share) => share is { } known ? Figures.Percent(known) : "unknown";

    private static string Metric(RunInfo run, string name) => run.Metrics.TryGetValue(name, out var metric) ? Figures.Number(metric.Last) : "unknown";

    private static string Milliseconds(TrafficResult result, double share) => string.Create(CultureInfo.InvariantCulture, $"{result.Latency(share).TotalMilliseconds:0.0} ms");
}
