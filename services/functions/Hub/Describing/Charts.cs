using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.Contracts;

namespace Mesh.Hub.Describing;

/// <summary>Charts as Vega-Lite 5 specifications with their data inside.</summary>
internal static class Charts
{
    public const string MediaType = "application/vnd.vegalite.v5+json";

    private const string Schema = "https://vega.github.io/schema/vega-lite/v5.json";

    /// <summary>A small histogram per numeric column.</summary>
    public static JsonObject Histograms(Description description)
    {
        var values = new JsonArray();
        foreach (var column in description.Columns)
        {
            if (column.Statistics is not { Edges: { } edges, Counts: { } counts, Min: { } min, Max: { } max }) continue;
            for (var i = 0; i < counts.Count; i++)
            {
                values.Add(new JsonObject
                {
                    ["column"] = column.Name,
                    ["from"] = i == 0 ? Math.Min(min, edges[0]) : edges[i - 1],
                    ["to"] = i == edges.Count ? Math.Max(max, edges[^1]) : edges[i],
                    ["rows"] = counts[i],
                });
            }
        }

        return Chart($"Distribution of the numeric columns of {description.Dataset}", values, new JsonObject
        {
            ["facet"] = new JsonObject { ["field"] = "column", ["type"] = "nominal", ["title"] = null, ["sort"] = Names(description.Columns.Select(c => c.Name)) },
            ["columns"] = 4,
            ["resolve"] = Json("""{"scale":{"x":"independent","y":"independent"}}"""),
            ["spec"] = Json("""
                {"width":160,"height":90,"mark":{"type":"bar","tooltip":true},"encoding":{
                 "x":{"field":"from","type":"quantitative","title":null,"bin":{"binned":true},"scale":{"zero":false}},"x2":{"field":"to"},
                 "y":{"field":"rows","type":"quantitative","title":null}}}
                """),
        });
    }

    /// <summary>How many rows each class of a column has.</summary>
    public static JsonObject ClassBalance(Description description, ColumnDescription column)
    {
        var values = new JsonArray([.. column.Statistics.Categories!.Select(c => new JsonObject { ["class"] = c.Key, ["rows"] = c.Value })]);
        return Chart($"Rows per {column.Name} in {description.Dataset}", values, Json("""
            {"height":{"step":22},"mark":{"type":"bar","tooltip":true},"encoding":{
             "y":{"field":"class","type":"nominal","sort":"-x","title":null},"x":{"field":"rows","type":"quantitative"}}}
            """));
    }

    /// <summary>The correlation matrix as a heat map.</summary>
    public static JsonObject Correlations(Description description)
    {
        var (names, matrix) = (description.Correlations.Columns, description.Correlations.Values);
        var values = new JsonArray();
        for (var i = 0; i < names.Count; i++)
            for (var j = 0; j < names.Count; j++)
                if (matrix[i][j] is { } r) values.Add(new JsonObject { ["a"] = names[i], ["b"] = names[j], ["r"] = Math.Round(r, 4) });
        var order = Names(names);
        return Chart($"Correlations in {description.Dataset}", values, new JsonObject
        {
            ["width"] = Json("""{"step":18}"""),
            ["height"] = Json("""{"step":18}"""),
            ["mark"] = Json("""{"type":"rect","tooltip":true}"""),
            ["encoding"] = new JsonObject
            {
                ["x"] = new JsonObject { ["field"] = "a", ["type"] = "nominal", ["title"] = null, ["sort"] = order },
                ["y"] = new JsonObject { ["field"] = "b", ["type"] = "nominal", ["title"] = null, ["sort"] = order.DeepClone() },
                ["color"] = Json("""{"field":"r","type":"quantitative","scale":{"domain":[-1,1],"scheme":"redblue"}}"""),
            },
        });
    }

    public static byte[] Bytes(JsonObject chart) => JsonSerializer.SerializeToUtf8Bytes(chart, MeshJson.Strict);

    /// <summary>A specification of a title, its data, and what else it says.</summary>
    public static JsonObject Chart(string title, JsonArray values, JsonObject body)
    {
        var chart = new JsonObject { ["$schema"] = Schema, ["title"] = title, ["data"] = new JsonObject { ["values"] = values } };
        foreach (var (name, value) in body.ToList())
        {
            body.Remove(name);
            chart[name] = value;
        }

        return chart;
    }

    private static JsonArray Names(IEnumerable<string> names) => new([.. names.Select(n => (JsonNode)n)]);

    private static JsonObject Json(string text) => JsonNode.Parse(text)!.AsObject();
}
