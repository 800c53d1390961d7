using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Mesh.Hub.Describing;
using Mesh.Hub.Tables;

namespace Mesh.Hub.Selection;

/// <summary>What a feature got.</summary>
/// <param name="Scores">By filter, in their order; null where a filter cannot tell.</param>
/// <param name="Votes">Filters that have it among their best.</param>
/// <param name="MeanRank">Its place among the features, from 1, in the mean of the filters.</param>
internal sealed record RankedFeature(string Name, IReadOnlyList<double?> Scores, int Votes, double MeanRank, bool IsSelected);

/// <summary>Features by what the filters say together: each votes for its best, and those with enough votes are selected.</summary>
internal sealed record Ranking(IReadOnlyList<string> Filters, IReadOnlyList<RankedFeature> Features)
{
    /// <param name="columns">Scores of each filter, in the order of <paramref name="features"/>.</param>
    /// <param name="k">Features that a filter votes for. It votes for none whose score is not above 0.</param>
    /// <param name="minVotes">The part of the filters that must have voted for a feature.</param>
    public static Ranking Of(IReadOnlyList<string> features, IReadOnlyList<(string Filter, IReadOnlyList<double?> Scores)> columns, int k, double minVotes)
    {
        var ranks = columns.Select(column => Ranks(column.Scores)).ToList();
        var ranked = features.Select((name, i) =>
        {
            var votes = columns.Where((column, f) => column.Scores[i] > 0 && ranks[f][i] <= k).Count();
            return new RankedFeature(name, [.. columns.Select(column => column.Scores[i])], votes, ranks.Average(rank => rank[i]), votes > 0 && votes >= minVotes * columns.Count);
        });
        return new Ranking([.. columns.Select(column => column.Filter)], [.. ranked.OrderByDescending(f => f.Votes).ThenBy(f => f.MeanRank)]);
    }

    /// <summary>A row per feature, the best first.</summary>
    public string ToCsv()
    {
        var text = new StringBuilder();
        text.Append(CsvText.Row(["feature", "rank", "votes", "selected", "mean-rank", .. Filters])).Append('\n');
        for (var i = 0; i < Features.Count; i++)
        {
            var feature = Features[i];
            text.Append(CsvText.Row(
            [
                feature.Name, Text(i + 1), Text(feature.Votes), feature.IsSelected ? "true" : "false", Text(Math.Round(feature.MeanRank, 3)),
                .. feature.Scores.Select(score => score is { } value ? Text(value) : ""),
            ])).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>Scores as parts of the best of their filter, in bars.</summary>
    public JsonObject ToChart(string dataset)
    {
        var values = new JsonArray();
        for (var f = 0; f < Filters.Count; f++)
        {
            var best = Features.Max(feature => feature.Scores[f]) is > 0 and { } most ? most : 1;
            foreach (var feature in Features)
            {
                if (feature.Scores[f] is not { } score) continue;
                values.Add(new JsonObject { ["feature"] = feature.Name, ["filter"] = Filters[f], ["score"] = Math.Round(score / best, 4), ["selected"] = feature.IsSelected });
            }
        }

        var order = new JsonArray([.. Features.Select(feature => (JsonNode)feature.Name)]);
        return Charts.Chart($"Worth of the features of {dataset}", values, JsonNode.Parse($$$$"""
            {"height":{"step":16},"width":140,"mark":{"type":"bar","tooltip":true},"encoding":{
             "column":{"field":"filter","type":"nominal","title":null},
             "y":{"field":"feature","type":"nominal","sort":{{{{order.ToJsonString()}}}},"title":null},
             "x":{"field":"score","type":"quantitative","title":"part of the best"},
             "color":{"field":"selected","type":"nominal","title":"selected"}}}
            """)!.AsObject());
    }

    /// <summary>Places from 1, the best first; equal scores share the mean of their places, what has no score comes last.</summary>
    private static double[] Ranks(IReadOnlyList<double?> scores)
    {
        var ranks = new double[scores.Count];
        var place = 1;
        foreach (var group in Enumerable.Range(0, scores.Count).GroupBy(i => scores[i] ?? double.NegativeInfinity).OrderByDescending(group => group.Key))
        {
            var count = group.Count();
            foreach (var i in group) ranks[i] = place + ((count - 1) / 2.0);
            place += count;
        }

        return ranks;
    }

    private static string Text(double value) => value.ToString("G9", CultureInfo.InvariantCulture);
}
