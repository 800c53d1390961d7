using System.Text;
using System.Text.Json;
using Mesh.Contracts.Artifacts;
using Mesh.Hub.Running;

namespace Mesh.Hub.Tests.Items;

public sealed class FeatureSelectionTests(HubMesh fixture)
{
    [Fact]
    public async Task The_best_columns_become_a_data_set_beside_their_scores()
    {
        using var mesh = fixture.NewProject();
        await mesh.UploadAsync("wine", "wine.csv");
        var (id, output) = await mesh.RunItemAsync("feature-selection", ("dataset", "wine"), ("target", "cultivar"), ("k", "4"));

        output.ShouldContain("+ flavanoids: 4 of 4 votes");
        var run = await mesh.Project().Runs.GetAsync(id);
        run.Metrics["features"].Last.ShouldBe(13);
        var selected = run.Tags["selected-features"].Split(", ");
        selected.ShouldContain("flavanoids");
        selected.ShouldContain("proline");
        selected.ShouldNotContain("magnesium");
        run.Metrics["selected"].Last.ShouldBe(selected.Length);

        (await mesh.Project().Artifacts.ListAsync(runId: id).ToListAsync()).Select(a => (a.Key, a.Kind)).ShouldBe(
        [
            ("feature-selection/wine/scores.csv", ArtifactKind.Dataset), ("feature-selection/wine/scores.vl.json", ArtifactKind.Plot), ("wine-selected", ArtifactKind.Dataset),
        ]);
        var scores = (await TextAsync("feature-selection/wine/scores.csv")).Split('\n');
        scores[0].ShouldBe("feature,rank,votes,selected,mean-rank,anova-f,chi2,mutual-information,permutation/fast-forest");
        scores.Length.ShouldBe(15);
        var chart = JsonDocument.Parse(await TextAsync("feature-selection/wine/scores.vl.json")).RootElement;
        chart.GetProperty("data").GetProperty("values").GetArrayLength().ShouldBe(52);
        var rows = (await TextAsync("wine-selected")).Split('\n');
        rows[0].Split(',').Order().ShouldBe(selected.Append("cultivar").Order());
        rows.Length.ShouldBe(180);

        var (_, trained) = await mesh.RunItemAsync("auto-trainer", ("dataset", "wine-selected"), ("target", "cultivar"), ("model", "small"), ("algorithms", "lbfgs"), ("folds", "3"));
        trained.ShouldContain("registered small@1");

        async Task<string> TextAsync(string key) => Encoding.UTF8.GetString(await mesh.Project().Artifacts.DownloadBytesAsync(key));
    }

    [Fact]
    public async Task Numbers_are_predicted_too_and_what_is_to_be_kept_is_kept()
    {
        using var mesh = fixture.NewProject();
        await mesh.UploadAsync("weather", "seattle-weather.csv");
        var (_, output) = await mesh.RunItemAsync(
            "feature-selection", ("dataset", "weather"), ("target", "temp_max"), ("keep", "date"), ("stat-filters", "anova-f,mutual-information,correlation"), ("model-filters", "fast-tree"),
            ("k", "1"), ("output", "weather/few"), ("sample-ratio", "0.8"));
        output.ShouldContain("+ temp_min: 4 of 4 votes");
        Encoding.UTF8.GetString(await mesh.Project().Artifacts.DownloadBytesAsync("weather/few")).ShouldStartWith("date,temp_max,temp_min\n2012-01-01,12.8,5.0\n");
    }

    [Theory]
    [InlineData("There is no filter to score by: give some stat-filters or model-filters.", "stat-filters", "none", "model-filters", "none")]
    [InlineData("The param 'stat-filters' must hold 'none' alone, or filters.", "stat-filters", "none,chi2")]
    [InlineData("The param 'model-filters' must hold some of *", "model-filters", "oracle")]
    [InlineData("There is no algorithm 'averaged-perceptron' for classification;*", "model-filters", "averaged-perceptron")]
    [InlineData("The param 'k' must be a whole number*", "k", "0")]
    [InlineData("*has no column 'vintage' (named by exclude)*", "keep", "vintage")]
    [InlineData("The target 'cultivar' is written in any case and need not be kept.", "keep", "cultivar")]
    [InlineData("wine.csv leaves 3 rows to look at; 10 are needed.", "sample-ratio", "0.01")]
    [InlineData("The param 'output' must be the key of an artifact, not '../x'.", "output", "../x", "model-filters", "none")]
    public async Task What_cannot_be_meant_is_one_sentence(string sentence, params string[] values)
    {
        using var mesh = fixture.NewProject();
        await mesh.UploadAsync("wine", "wine.csv");
        (string, string)[] all = [("dataset", "wine"), ("target", "cultivar"), .. values.Chunk(2).Select(pair => (pair[0], pair[1]))];
        var failure = await Should.ThrowAsync<HubFailure>(() => mesh.RunItemAsync("feature-selection", all));
        failure.Message.ShouldMatch("^" + System.Text.RegularExpressions.Regex.Escape(sentence).Replace("\\*", ".*", StringComparison.Ordinal) + "$");
    }

    [Fact]
    public async Task Nothing_selected_is_said_and_the_scores_stay()
    {
        using var mesh = fixture.NewProject();
        await mesh.UploadTextAsync("flat", "a,b,y\n" + string.Concat(Enumerable.Range(0, 24).Select(i => $"{i % 4 / 2},7,{i % 2}\n")));
        var failure = await Should.ThrowAsync<HubFailure>(() => mesh.RunItemAsync("feature-selection", ("dataset", "flat"), ("target", "y"), ("model-filters", "none"), ("min-votes", "1")));
        failure.Message.ShouldStartWith("No column has the votes of 100");
        (await mesh.Project().Artifacts.GetAsync("feature-selection/flat/scores.csv")).Kind.ShouldBe(ArtifactKind.Dataset);
    }
}
