using Mesh.Contracts.Tracking;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Mesh.Hosting.Store;
using Npgsql;

namespace Mesh.Tracking.Compare;

/// <summary>Reads values of many runs by column, with one query.</summary>
internal sealed class RunTables(ServiceDatabase<ITrackingStore> database)
{
    /// <summary>The most runs of a table.</summary>
    public const int MaxRuns = 1000;

    /// <summary>The most characters of a table.</summary>
    public const int MaxText = 16 << 20;

    /// <summary>The table.</summary>
    /// <returns>A refusal when it would be too large: 422 <c>table.too-large</c>.</returns>
    /// <exception cref="RejectedException">A field, the filter or the order is out of form: 400 <c>filter.invalid</c>.</exception>
    public async Task<(RunTable? Table, Rejection? Rejected)> ReadAsync(string project, TabulateRuns wanted, CancellationToken ct)
    {
        RunField[] fields = [.. wanted.Columns.Select((column, i) => RunField.Read(column, $"columns[{i}]"))];
        var query = ChosenRuns.Read(wanted.Select);
        var chosen = new ChosenRuns(project);
        string[] columns = [.. fields.Select(chosen.Add)];
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        await using var command = new NpgsqlCommand(
            $"with {chosen.Compile(wanted.Select, query, MaxRuns)} select run, run_name, {string.Join(", ", columns)} from chosen order by place", connection);
        foreach (var parameter in chosen.Sql.Parameters) command.Parameters.Add(parameter);

        var runs = new List<TableRun>();
        var cells = fields.Select(_ => new List<object?>()).ToArray();
        var text = 0L;
        var truncated = false;
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct) && !(truncated = runs.Count == MaxRuns))
        {
            runs.Add(new TableRun(rows.GetGuid(0), rows.GetString(1)));
            for (var i = 0; i < fields.Length; i++)
            {
                var value = await rows.IsDBNullAsync(i + 2, ct) ? null : rows.GetValue(i + 2);
                text += (value as string)?.Length ?? 0;
                cells[i].Add(value);
            }

            if (text > MaxText)
                return (null, Rejection.Unprocessable("table.too-large", $"This would be a table of more than {MaxText} characters: choose fewer runs or columns.", "columns"));
        }

        return (new RunTable(runs, [.. cells.Select((values, i) => Column(wanted.Columns[i], fields[i], values))], truncated), null);
    }

    private static TableColumn Column(string key, RunField field, List<object?> values) => field.IsNumber
        ? TableColumns.Of(key, [.. values.Select(value => (double?)value)])
        : TableColumns.Of(key, [.. values.Select(value => (string?)value)]);
}
