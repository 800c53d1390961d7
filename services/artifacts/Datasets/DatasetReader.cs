using System.Globalization;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Microsoft.Extensions.Options;

namespace Mesh.Artifacts.Datasets;

/// <summary>Reads rows of data sets.</summary>
internal sealed class DatasetReader(ReadingGate gate, IOptions<DatasetsOptions> options)
{
    private const int MostPageBytes = 4 << 20;
    private const int MostCells = 200_000;

    private readonly DatasetsOptions _options = options.Value;

    private sealed record AfterRow(long Offset);

    /// <summary>A page of rows in the order of the file.</summary>
    public async Task<DatasetRows> PageAsync(ReadableDataset dataset, string? columns, string? filter, long? offset, PageRequest page, CancellationToken ct)
    {
        if (offset is < 0) throw new RejectedException(Rejection.Malformed("offset.invalid", "'offset' must not be negative.", "offset"));
        if (offset is not null && page.Cursor is not null) throw new RejectedException(Rejection.Malformed("offset.invalid", "Either 'offset' or 'cursor' says where the page begins.", "offset"));
        var start = page.After<AfterRow>()?.Offset ?? offset ?? 0;
        if (start < 0) throw new RejectedException(Rejection.Malformed("cursor.invalid", "The cursor is not one that this list gave out.", "cursor"));
        var chosen = ColumnChoice.Read(columns, dataset.Profile.Columns);
        var condition = RowFilter.Parse(filter, dataset.Profile.Columns);
        var limit = Math.Max(1, Math.Min(page.Limit, MostCells / chosen.Count));
        var sql = string.Create(CultureInfo.InvariantCulture, $"select {Projection(chosen)} from {DuckSession.Relation}{condition.Where} limit {limit + 1} offset {start}");
        return await ReadAsync(dataset, null, session =>
        {
            var (rows, count, more) = Take(session, sql, condition.Parameters, chosen, limit);
            return new DatasetRows(chosen, rows, more ? PageRequest.Encode(new AfterRow(start + count)) : null);
        }, ct);
    }

    /// <summary>Rows by chance: the same seed gives the same rows.</summary>
    public Task<DatasetSample> SampleAsync(ReadableDataset dataset, string? columns, int rows, int seed, CancellationToken ct)
    {
        var chosen = ColumnChoice.Read(columns, dataset.Profile.Columns);
        if (rows is < 1 or > 10_000) throw new RejectedException(Rejection.Malformed("rows.invalid", "'rows' must be a whole number from 1 to 10,000.", "rows"));
        var limit = Math.Max(1, Math.Min(rows, MostCells / chosen.Count));
        var sql = string.Create(
            CultureInfo.InvariantCulture,
            $"select {Projection(chosen)} from {DuckSession.Relation} using sample reservoir({limit} rows) repeatable ({seed})");
        // With several threads it would be chance as well which of them comes first.
        return ReadAsync(dataset, 1, session => new DatasetSample(chosen, Take(session, sql, [], chosen, limit).Rows), ct);
    }

    /// <summary>Begins to read rows as Arrow batches.</summary>
    public async Task<ArrowRows> StreamAsync(ReadableDataset dataset, string? columns, string? filter, CancellationToken ct)
    {
        var chosen = ColumnChoice.Read(columns, dataset.Profile.Columns);
        var condition = RowFilter.Parse(filter, dataset.Profile.Columns);
        var sql = $"select {string.Join(", ", chosen.Select(column => ColumnKinds.ForArrow(column.Name, column.Type)))} from {DuckSession.Relation}{condition.Where}";
        var place = await gate.EnterAsync(ct);
        LocalFile? file = null;
        try
        {
            file = await OpenAsync(dataset, ct);
            var opened = file;
            return await ArrowRows.BeginAsync(place, opened, token => Session(dataset, opened, null, token), sql, condition.Parameters, TimeSpan.FromSeconds(_options.StreamSeconds), ct);
        }
        catch (DatasetFaultException e)
        {
            place.Dispose();
            throw new RejectedException(e.Fault.ToRejection());
        }
        catch
        {
            if (file is not null) await file.DisposeAsync();
            place.Dispose();
            throw;
        }
    }

    /// <summary>Runs something on the rows of a data set.</summary>
    /// <exception cref="RejectedException">The file is at fault, the time is up, or too many read at once.</exception>
    public async Task<T> ReadAsync<T>(ReadableDataset dataset, int? threads, Func<DuckSession, T> read, CancellationToken ct)
    {
        using var place = await gate.EnterAsync(ct);
        try
        {
            await using var file = await OpenAsync(dataset, ct);
            return await DuckWork.RunAsync(file.Path, TimeSpan.FromSeconds(_options.ReadSeconds), token =>
            {
                using var session = Session(dataset, file, threads, token);
                return read(session);
            }, ct);
        }
        catch (DatasetFaultException e)
        {
            throw new RejectedException(e.Fault.ToRejection());
        }
    }

    /// <summary>The file of a data set.</summary>
    private async Task<LocalFile> OpenAsync(ReadableDataset dataset, CancellationToken ct) =>
        await LocalFile.OpenAsync(await dataset.Open(ct), _options, ct);

    /// <summary>A session whose relation is the data set.</summary>
    private DuckSession Session(ReadableDataset dataset, LocalFile file, int? threads, CancellationToken ct)
    {
        var session = DuckSession.Open(file.Path, _options, ct, threads, dataset.Reading.Format == DatasetFormat.Arrow);
        try
        {
            dataset.Reading.Define(session, file.Path);
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    private static string Projection(IReadOnlyList<DatasetColumn> columns) => string.Join(", ", columns.Select(column => ColumnKinds.ForJson(column.Name, column.Type)));

    private static (IReadOnlyList<System.Text.Json.JsonElement> Rows, int Count, bool More) Take(
        DuckSession session, string sql, IReadOnlyList<object> parameters, IReadOnlyList<DatasetColumn> columns, int limit)
    {
        using var command = session.Stream(sql, parameters);
        using var reader = command.ExecuteReader();
        var json = new CellJson(columns);
        var count = 0;
        while (reader.Read())
        {
            if (count == limit || (count > 0 && json.Length > MostPageBytes)) return (json.ToRows(), count, true);
            json.Add(reader);
            count++;
        }

        return (json.ToRows(), count, false);
    }
}
