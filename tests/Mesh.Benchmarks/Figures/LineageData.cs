using Mesh.Artifacts.Lineage;
using Mesh.Contracts.Artifacts;

namespace Mesh.Benchmarks.Figures;

/// <summary>
/// A graph of 100,000 edges: 20,000 runs, of which each reads two of 2,000 data sets, has one of 500 parents and makes a model that is registered; every fourth version
/// is or was served. One data set is read by a tenth of all runs, and every tenth run reads what an earlier one made, so that chains are long.
/// </summary>
internal static class LineageData
{
    public const string Project = "bench";
    public const int Datasets = 2000;
    private const int Runs = 20_000;
    private const int RunsPerWrite = 1000;

    /// <summary>The data set that a tenth of all runs reads.</summary>
    public static string Hub { get; } = LineageId.ArtifactVersion("table-0", 1);

    public static string Dataset(int number) => LineageId.ArtifactVersion($"table-{number}", 1);

    /// <summary>Writes the graph as the consumer of events does, and returns the number of its edges.</summary>
    public static async Task<int> GenerateAsync(LineageStore store)
    {
        var (random, begin, edges) = (new Random(1), new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), 0);
        var runs = Enumerable.Range(0, Runs).Select(_ => LineageId.Run(Guid.CreateVersion7())).ToArray();
        for (var from = 0; from < Runs; from += RunsPerWrite)
        {
            var all = LineageFacts.Of(Enumerable.Range(from, RunsPerWrite).Select(run => Run(run, runs, random, begin.AddMinutes(run))));
            edges += all.Edges.Count;
            await store.AddAsync(all, CancellationToken.None);
        }

        return edges;
    }

    private static LineageFacts Run(int number, string[] runs, Random random, DateTimeOffset at)
    {
        var run = runs[number];
        var (model, version) = (LineageId.ArtifactVersion($"model-{number}", 1), LineageId.ModelVersion($"model-{number % 200}", (number / 200) + 1));
        var edges = new List<EdgeFact>();
        void Join(string source, string target, LineageRelation type) => edges.Add(new EdgeFact(Project, source, target, type, at));

        Join(number % 10 == 0 ? Hub : Dataset(random.Next(1, Datasets)), run, LineageRelation.Used);
        if (number % 10 == 1 && number > 10) Join(LineageId.ArtifactVersion($"model-{random.Next(number)}", 1), run, LineageRelation.Used);
        else Join(Dataset(random.Next(1, Datasets)), run, LineageRelation.Used);
        if (number >= 500 && number % 4 != 0) Join(runs[random.Next(500)], run, LineageRelation.Parent);
        Join(run, model, LineageRelation.Produced);
        Join(model, version, LineageRelation.RegisteredAs);
        if (number % 4 == 0) Join(version, LineageId.Endpoint($"endpoint-{number % 50}"), LineageRelation.Serves);
        var attributes = Enumerable.Range(0, 10).ToDictionary(param => $"params.param-{param}", _ => "0.001");
        var nodes = edges.SelectMany(edge => (string[])[edge.From, edge.To]).Select(id => new NodeFact(Project, id, id[..id.IndexOf('/', StringComparison.Ordinal)], at, true, id, attributes));
        return new LineageFacts([.. nodes], edges);
    }
}
