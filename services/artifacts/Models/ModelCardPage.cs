using System.Globalization;
using System.Text;
using Mesh.Contracts.Artifacts;

namespace Mesh.Artifacts.Models;

/// <summary>
/// A model card in markdown (after Mitchell et al., "Model Cards for Model Reporting", 2019): what the registry knows of a version, made anew for each reader.
/// Text of others stands in it as text: markup of HTML is escaped.
/// </summary>
internal static class ModelCardPage
{
    private const int MostColumns = 100;

    public static string Write(ModelVersion version, Model? model)
    {
        var page = new StringBuilder();
        page.Append(CultureInfo.InvariantCulture, $"# {Inline(version.Model)}, version {version.Version}\n\n");
        if (model?.Description is { Length: > 0 } about) page.Append(Escape(about)).Append("\n\n");
        if (version.Description is { Length: > 0 } description) page.Append(Escape(description)).Append("\n\n");
        Facts(page, version);
        if (version.Metrics.Count > 0) Table(page, "Metrics", ["metric", "value"], version.Metrics.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => new[] { pair.Key, Number(pair.Value) }));
        Columns(page, "Inputs", version.Signature.Inputs);
        Columns(page, "Outputs", version.Signature.Outputs);
        if (version.InputExample is { } example) page.Append("## Input example\n\n```json\n").Append(example.GetRawText().Replace("```", "", StringComparison.Ordinal)).Append("\n```\n\n");
        if (version.Statistics is { } statistics) Training(page, statistics);
        if (version.Tags.Count > 0) Table(page, "Tags", ["tag", "value"], version.Tags.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => new[] { pair.Key, pair.Value }));
        if (model?.Gates.Count > 0) Gates(page, model);
        return page.ToString();
    }

    private static void Facts(StringBuilder page, ModelVersion version)
    {
        var facts = new List<(string Name, string? Value)>
        {
            ("aliases", version.Aliases.Count == 0 ? null : string.Join(", ", version.Aliases.Select(alias => $"@{alias}"))),
            ("stage", version.Stage is ModelStage.None ? null : version.Stage.ToString()),
            ("approval", Approval(version.Approval)),
            ("framework", version.Framework),
            ("file", version.File is { } file ? FileText(file) : null),
            ("size", version.Digest is null ? null : string.Create(CultureInfo.InvariantCulture, $"{version.Size:N0} bytes")),
            ("SHA-256", version.Digest),
            ("source", version.Source),
            ("run", version.RunId?.ToString()),
            ("registered", string.Create(CultureInfo.InvariantCulture, $"{version.CreatedAt:yyyy-MM-dd HH:mm} UTC by {version.CreatedBy}")),
        };
        Table(page, "Facts", ["", ""], facts.Where(fact => fact.Value is not null).Select(fact => new[] { fact.Name, fact.Value! }));
    }

    private static string? Approval(ModelApproval? approval) => approval is null ? null
        : $"{approval.Status.ToString().ToLowerInvariant()} by {approval.DecidedBy ?? approval.RequestedBy}{(approval.Role is { } role ? $" ({role.ToString().ToLowerInvariant()})" : "")}{(approval.Comment is { Length: > 0 } comment ? $": {comment}" : "")}";

    private static string FileText(ModelFile file) => string.Create(
        CultureInfo.InvariantCulture,
        $"{file.Format}{(file.Opset is { } opset ? $", opset {opset}" : "")}, {file.Nodes} operators{(file.Parameters is { } count ? $", {count:N0} weights" : "")}{(file.Producer is { Length: > 0 } producer ? $", by {producer}" : "")}");

    private static void Columns(StringBuilder page, string title, IReadOnlyList<Column> columns)
    {
        if (columns.Count == 0) return;
        Table(page, title, ["column", "type", "shape"], columns.Take(MostColumns).Select(column => new[] { column.Name, column.Type.ToString().ToLowerInvariant(), column.Shape is { Count: > 0 } shape ? $"[{string.Join(", ", shape)}]" : "" }));
        More(page, columns.Count);
    }

    private static void Training(StringBuilder page, TrainingStatistics statistics)
    {
        Table(
            page, string.Create(CultureInfo.InvariantCulture, $"Training data: {statistics.Rows:N0} rows"), ["column", "values", "missing", "mean", "deviation", "min", "max"],
            statistics.Columns.Take(MostColumns).Select(column => new[]
            {
                column.Name, Number(column.Count), Number(column.Missing), Number(column.Mean), Number(column.Deviation), Number(column.Min), Number(column.Max),
            }));
        More(page, statistics.Columns.Count);
    }

    private static void Gates(StringBuilder page, Model model) => Table(page, "Gates", ["alias", "asks for"], model.Gates.Values.Select(gate => new[]
    {
        $"@{gate.Alias}",
        string.Join("; ", gate.Checks.Select(Check).Prepend(gate.RequireApproval ? gate.FourEyes ? "approval by a second person" : "approval" : "").Where(text => text.Length > 0)),
    }));

    private static string Check(GateCheck check) => string.Join(" and ", new[]
    {
        check.AtLeast is { } least ? $"{check.Metric} at least {Number(least)}" : "",
        check.AtMost is { } most ? $"{check.Metric} at most {Number(most)}" : "",
        check.BeatsCurrent ? $"{check.Metric} {(check.LowerIsBetter ? "below" : "above")} the current version's" : "",
    }.Where(text => text.Length > 0));

    private static void More(StringBuilder page, int count)
    {
        if (count > MostColumns) page.Append(CultureInfo.InvariantCulture, $"… and {count - MostColumns} more.\n\n");
    }

    private static void Table(StringBuilder page, string title, string[] headers, IEnumerable<string[]> rows)
    {
        page.Append(CultureInfo.InvariantCulture, $"## {title}\n\n| {string.Join(" | ", headers)} |\n|{string.Concat(headers.Select(_ => " --- |"))}\n");
        foreach (var row in rows) page.Append("| ").AppendJoin(" | ", row.Select(Inline)).Append(" |\n");
        page.Append('\n');
    }

    private static string Number(double? value) => value is { } number ? number.ToString("G6", CultureInfo.InvariantCulture) : "";

    private static string Inline(string text) => Escape(text).Replace("|", "\\|", StringComparison.Ordinal).ReplaceLineEndings(" ");

    private static string Escape(string text) => text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);
}
