using System.Diagnostics;
using Mesh.Client;
using Mesh.Contracts.Artifacts;
using Mesh.Hub.Running;
using Mesh.Hub.Sklearn;

namespace Mesh.Hub.Tests.Items;

public sealed class SklearnTests(HubMesh fixture) : IDisposable
{
    private static readonly string Everywhere = Environment.GetEnvironmentVariable("PATH") ?? "";
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mesh-sklearn-tests-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_classifier_is_cross_validated_measured_and_registered()
    {
        var python = await PythonAsync();
        using var mesh = fixture.NewProject();
        await mesh.UploadAsync("wine", "wine.csv");
        var (id, output) = await RunAsync(mesh, Everywhere, ("dataset", "wine"), ("target", "cultivar"), ("model", "wine"), ("estimator-params", """{"n_estimators": 50}"""), ("folds", "4"));

        output.ShouldContain($"{python.Program} with scikit-learn {python.Version}");
        output.ShouldContain("fold 4 of 4");
        var run = await mesh.Project().Runs.GetAsync(id);
        run.Metrics["accuracy"].Last.ShouldBeGreaterThan(0.9);
        run.Metrics["fold/accuracy"].Count.ShouldBe(4);
        run.Metrics["cv/accuracy"].Last.ShouldBeGreaterThan(0.9);
        run.Metrics["log-loss"].Last.ShouldBeInRange(0, 0.6);
        run.Tags["estimator"].ShouldBe("RandomForestClassifier");

        var version = await mesh.Project().Models.ResolveAsync("wine@1");
        (version.Framework, version.RunId, version.Tags["scikit-learn"], version.Tags["task"]).ShouldBe(("sklearn", id, python.Version, "multiclass"));
        version.Signature.Inputs.Count.ShouldBe(13);
        version.Signature.Outputs.ShouldHaveSingleItem().Type.ShouldBe(ColumnType.Bytes);
        version.Metrics["accuracy"].ShouldBe(run.Metrics["accuracy"].Last);

        // The artifact is the pipeline itself: whoever loads it gives it the columns of the signature.
        var file = Path.Combine(_folder.FullName, "model.joblib");
        await mesh.Project().Artifacts.DownloadFileAsync("models/wine", file);
        (await PythonAsync(python, $"import joblib, numpy; print(joblib.load('{file}').predict(numpy.array([[14.23,1.71,2.43,15.6,127,2.8,3.06,0.28,2.29,5.64,1.04,3.92,1065]]))[0])")).ShouldBe("0");
    }

    [Fact]
    public async Task Two_classes_are_told_apart_and_the_same_seed_gives_the_same()
    {
        await PythonAsync();
        using var mesh = fixture.NewProject();
        await mesh.UploadAsync("cells", "breast_cancer.csv");
        (string, string)[] values =
            [("dataset", "cells"), ("target", "diagnosis"), ("model", "cells"), ("estimator", "LogisticRegression"), ("estimator-params", """{"C": 0.5, "max_iter": 500}"""), ("folds", "3")];
        var first = await mesh.Project().Runs.GetAsync((await RunAsync(mesh, Everywhere, values)).Run);
        first.Metrics["auc"].Last.ShouldBeGreaterThan(0.97);
        first.Metrics["recall"].Last.ShouldBeGreaterThan(0.85);
        var second = await mesh.Project().Runs.GetAsync((await RunAsync(mesh, Everywhere, values)).Run);
        foreach (var name in (string[])["auc", "log-loss", "cv/accuracy"]) second.Metrics[name].Last.ShouldBe(first.Metrics[name].Last);
        (await mesh.Project().Models.GetAsync("cells")).LatestVersion.ShouldBe(2);
    }

    [Fact]
    public async Task Numbers_are_predicted_from_numbers_and_categories()
    {
        await PythonAsync();
        using var mesh = fixture.NewProject();
        await mesh.UploadAsync("weather", "seattle-weather.csv");
        var (id, _) = await RunAsync(mesh, Everywhere, ("dataset", "weather"), ("target", "temp_max"), ("model", "warm"), ("estimator", "HistGradientBoostingRegressor"), ("folds", "2"));
        var run = await mesh.Project().Runs.GetAsync(id);
        run.Metrics["r2"].Last.ShouldBeGreaterThan(0.75);
        var version = await mesh.Project().Models.ResolveAsync("warm@1");
        version.Signature.Inputs.Select(i => (i.Name, i.Type)).ShouldContain(("weather", ColumnType.Bytes));
        version.Signature.Outputs.ShouldHaveSingleItem().Name.ShouldBe("Score");
    }

    [Theory]
    [InlineData("scikit-learn has no classifier 'RandomForrest'; there is RandomForestClassifier*", "estimator", "RandomForrest")]
    [InlineData("scikit-learn has no classifier 'Ridge'*", "estimator", "Ridge")]
    [InlineData("scikit-learn has no classifier 'os.system'*", "estimator", "os.system")]
    [InlineData("'RandomForestClassifier' has no param 'trees'; it has *n_estimators*", "estimator-params", """{"trees": 5}""")]
    [InlineData("The estimator cannot be fitted: *n_estimators*", "estimator-params", """{"n_estimators": -3}""")]
    public async Task What_scikit_learn_refuses_is_the_callers_fault_and_registers_nothing(string sentence, params string[] values)
    {
        await PythonAsync();
        using var mesh = fixture.NewProject();
        await mesh.UploadAsync("wine", "wine.csv");
        (string, string)[] all = [("dataset", "wine"), ("target", "cultivar"), ("model", "wine"), (values[0], values[1])];
        var failure = await Should.ThrowAsync<HubFailure>(() => RunAsync(mesh, Everywhere, all));
        failure.Message.ShouldMatch("^" + System.Text.RegularExpressions.Regex.Escape(sentence).Replace("\\*", ".*", StringComparison.Ordinal) + "$");
        (await mesh.Project().Models.FindAsync("wine")).ShouldBeNull();
    }

    [Theory]
    [InlineData("[1]", "The param 'estimator-params' must be a JSON object, not '[1]'.")]
    [InlineData("{", "The param 'estimator-params' is no JSON: ")]
    public async Task Params_of_the_estimator_are_an_object(string text, string sentence)
    {
        using var mesh = fixture.NewProject();
        (await Should.ThrowAsync<HubFailure>(() => RunAsync(mesh, Everywhere, ("dataset", "none"), ("target", "t"), ("model", "m"), ("estimator-params", text)))).Message.ShouldStartWith(sentence);
    }

    [Fact]
    public async Task Without_Python_nothing_runs_and_what_to_install_is_said()
    {
        using var mesh = fixture.NewProject();
        var failure = await Should.ThrowAsync<HubFailure>(() => RunAsync(mesh, _folder.FullName, ("dataset", "none"), ("target", "t"), ("model", "m")));
        failure.Message.ShouldStartWith("There is no python3 on the PATH; train-sklearn needs Python 3 with scikit-learn: pip install scikit-learn, or on Debian");
    }

    [Fact]
    public async Task Without_scikit_learn_nothing_runs_and_what_to_install_is_said()
    {
        // A Python that sees none of the packages of the machine; where there is no Python at all, one that cannot import them either.
        var program = Path.Combine(_folder.FullName, "python3");
        var real = Everywhere.Split(':').Select(folder => Path.Combine(folder, "python3")).FirstOrDefault(File.Exists);
        await File.WriteAllTextAsync(program, real is null ? "#!/bin/sh\nexit 1\n" : $"#!/bin/sh\nexec {real} -I -S \"$@\"\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        using var mesh = fixture.NewProject();
        var failure = await Should.ThrowAsync<HubFailure>(() => RunAsync(mesh, _folder.FullName, ("dataset", "none"), ("target", "t"), ("model", "m")));
        failure.Message.ShouldStartWith($"scikit-learn is not there for {program}: pip install scikit-learn, or on Debian");
    }

    private static async Task<Python> PythonAsync()
    {
        try
        {
            return await PythonFinder.FindAsync(Everywhere, CancellationToken.None);
        }
        catch (HubFailure e)
        {
            Assert.Skip(e.Message);
            throw;
        }
    }

    private static async Task<string> PythonAsync(Python python, string code)
    {
        using var process = Process.Start(new ProcessStartInfo(python.Program, ["-c", code]) { RedirectStandardOutput = true })!;
        var text = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        process.ExitCode.ShouldBe(0);
        return text.Trim();
    }

    private static async Task<(Guid Run, string Output)> RunAsync(MeshClient mesh, string path, params (string Name, string Value)[] values)
    {
        await using var run = await RunContext.StartAsync(mesh, "train-sklearn");
        var (item, output) = (new SklearnItem(path), new StringWriter { NewLine = "\n" });
        await item.RunAsync(new Job(mesh.Project(), run, new Parameters(item.Item, values.ToDictionary(v => v.Name, v => v.Value)), output), CancellationToken.None);
        return (run.Id, output.ToString());
    }
}
