using Mesh.Client.Tracking;
using Mesh.Contracts.Tracking;

namespace Mesh.Client.Tests.Tracking;

/// <summary>Questions about several runs, and experiments, by the client.</summary>
public sealed class CompareTests(ClientMesh mesh)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Runs_are_found_compared_tabulated_grouped_and_correlated()
    {
        var runs = mesh.NewProject().Project().Runs;
        var a = await AddAsync(runs, "a", "1", 1);
        var b = await AddAsync(runs, "b", "2", 2);
        var nan = await AddAsync(runs, "nan", "3", double.NaN);
        (await runs.ListAsync(new RunFilter { Filter = "metrics.auc > 0", OrderBy = ["metrics.auc DESC"], PageSize = 1 }, Ct).Select(run => run.Name).ToListAsync(Ct)).ShouldBe(["b", "a"]);
        var compared = await runs.CompareAsync(new CompareRuns([a, nan]), Ct);
        compared.Rows.Select(row => row.Key).ShouldBe(["lr", "auc"]);
        compared.Rows[1].Values[1]!.Last.ShouldBe(double.NaN);
        var table = await runs.TableAsync(new TabulateRuns(new RunSelection(OrderBy: ["run_name"]), ["metrics.auc", "tags.none"]), Ct);
        table.Columns[0].Numbers.ShouldBe([1, 2, double.NaN]);
        table.Columns[1].Indexes.ShouldBe([null, null, null]);
        var group = (await runs.GroupAsync(new GroupRuns(new RunSelection([a, b, nan]), ["experiment"], ["auc"]), Ct)).Groups.ShouldHaveSingleItem();
        (group.Runs, group.Metrics[0].Mean, group.Metrics[0].NaN).ShouldBe((3, 1.5, 1));
        (await runs.CorrelateAsync(new CorrelateRuns(new RunSelection(), "auc"), Ct)).Params.ShouldHaveSingleItem().Pearson!.Value.ShouldBe(1, 1e-12);
        (await runs.SparklinesAsync(nan, ct: Ct)).Metrics.ShouldHaveSingleItem().Values.ShouldBe([double.NaN]);
        (await runs.MetricsAsync(a, Ct))["auc"].Last.ShouldBe(1);
        (await Should.ThrowAsync<MeshException>(() => runs.CompareAsync(new CompareRuns([a, Guid.CreateVersion7()]), Ct))).Problem.Code.ShouldBe("run.unknown");
        (await Should.ThrowAsync<MeshException>(async () => await runs.ListAsync(new RunFilter { Filter = "nonsense" }, Ct).CountAsync(Ct))).Problem.Code.ShouldBe("filter.invalid");
    }

    [Fact]
    public async Task A_deleted_experiment_is_found_among_the_deleted()
    {
        var experiments = mesh.NewProject().Project().Runs.Experiments;
        var beer = await experiments.CreateAsync(new CreateExperiment("beer"), Ct);
        (await experiments.FindDeletedAsync("beer", Ct)).ShouldBeNull();
        await experiments.DeleteAsync(beer.Id, Ct);
        (await experiments.FindDeletedAsync("beer", Ct))!.Id.ShouldBe(beer.Id);
        (await experiments.ListDeletedAsync(Ct).Select(e => e.Name).ToListAsync(Ct)).ShouldBe(["beer"]);
        (await experiments.FindAsync("beer", Ct)).ShouldBeNull();
    }

    private static async Task<Guid> AddAsync(RunsClient runs, string name, string lr, double auc)
    {
        var run = await runs.CreateAsync(new CreateRun(name, Params: new() { ["lr"] = lr }), Ct);
        await runs.LogMetricsAsync(run.Id, new LogMetrics([new MetricPoint("auc", auc)]), Ct);
        return run.Id;
    }
}
