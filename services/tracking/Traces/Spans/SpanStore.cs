using System.Text.Json;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Store;
using Npgsql;
using NpgsqlTypes;

namespace Mesh.Tracking.Traces.Spans;

/// <summary>Keeps spans that clients send by themselves, and what they tell of their traces.</summary>
internal sealed class SpanStore(ServiceDatabase<ITrackingStore> database)
{
    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = 1000 };

    // What the client said of a trace as a whole outlasts what its spans tell.
    private const string PutTraces =
        """
        with held as (select from mt_doc_experiment e where e.tenant_id = $1 and e.number = $2 and not e.deleted for key share)
        insert into trace as t (project, id, experiment, requested_at, duration, state, request_preview, response_preview, metadata, tags, span_characters)
        select $1, n.id, $2, n.requested_at, n.duration, n.state, n.request, n.response, n.metadata::jsonb, n.tags::jsonb, n.characters
        from held, unnest($3::text[], $4::timestamptz[], $5::bigint[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::bigint[])
            as n (id, requested_at, duration, state, request, response, metadata, tags, characters)
        on conflict (project, id) do update set
            requested_at = least(t.requested_at, excluded.requested_at),
            duration = floor(extract(epoch from
                greatest(t.requested_at + coalesce(t.duration, 0) * interval '1 millisecond', excluded.requested_at + excluded.duration * interval '1 millisecond')
                - least(t.requested_at, excluded.requested_at)) * 1000)::bigint,
            state = case when t.state in ('IN_PROGRESS', 'STATE_UNSPECIFIED') then excluded.state else t.state end,
            request_preview = coalesce(t.request_preview, excluded.request_preview), response_preview = coalesce(t.response_preview, excluded.response_preview),
            metadata = excluded.metadata || t.metadata, tags = excluded.tags || t.tags || jsonb_build_object('mlflow.trace.spansLocation', 'TRACKING_STORE'),
            span_characters = t.span_characters + excluded.span_characters
        where t.experiment = excluded.experiment
        returning t.id
        """;

    private const string PutSpans =
        """
        insert into trace_span (project, trace, id, started_at, content)
        select $1, s.trace, s.id, s.started_at, s.content from unnest($2::text[], $3::text[], $4::bigint[], $5::text[]) as s (trace, id, started_at, content)
        on conflict (project, trace, id) do update set started_at = excluded.started_at, content = excluded.content
        """;

    /// <summary>Adds spans, all or none. A span that is there is written anew: clients send it again as it goes on.</summary>
    /// <param name="artifacts">Where the files of a trace are.</param>
    public async Task<Rejection?> PutAsync(string project, long experiment, Func<string, string> artifacts, IReadOnlyList<Span> spans, CancellationToken ct)
    {
        // In one order, whoever writes them; of a span that comes twice the last counts.
        var traces = spans.GroupBy(TraceDigest.IdOf, StringComparer.Ordinal).OrderBy(trace => trace.Key, StringComparer.Ordinal)
            .Select(trace => (Told: TraceDigest.Of(trace.Key, experiment, artifacts(trace.Key), [.. trace]), Rows: RowsOf(trace))).ToList();
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        try
        {
            var written = new HashSet<string>(StringComparer.Ordinal);
            await using (var put = new NpgsqlCommand(PutTraces, connection))
            {
                put.Parameters.Add(new() { Value = project });
                put.Parameters.Add(new() { Value = experiment });
                Bind(put, traces, trace => trace.Told.Id, NpgsqlDbType.Text);
                Bind(put, traces, trace => trace.Told.RequestedAt, NpgsqlDbType.TimestampTz);
                Bind(put, traces, trace => trace.Told.Duration!.Value, NpgsqlDbType.Bigint);
                Bind(put, traces, trace => trace.Told.State, NpgsqlDbType.Text);
                Bind(put, traces, trace => trace.Told.RequestPreview, NpgsqlDbType.Text);
                Bind(put, traces, trace => trace.Told.ResponsePreview, NpgsqlDbType.Text);
                Bind(put, traces, trace => JsonSerializer.Serialize(trace.Told.Metadata), NpgsqlDbType.Text);
                Bind(put, traces, trace => JsonSerializer.Serialize(trace.Told.Tags), NpgsqlDbType.Text);
                Bind(put, traces, trace => trace.Rows.Sum(row => (long)row.Content.Length), NpgsqlDbType.Bigint);
                await using var rows = await put.ExecuteReaderAsync(ct);
                while (await rows.ReadAsync(ct)) written.Add(rows.GetString(0));
            }

            if (traces.FirstOrDefault(trace => !written.Contains(trace.Told.Id)).Told is { } other) return await TraceStore.RefuseAsync(connection, project, other, ct);
            await using (var put = new NpgsqlCommand(PutSpans, connection))
            {
                var all = traces.SelectMany(trace => trace.Rows).ToList();
                put.Parameters.Add(new() { Value = project });
                Bind(put, all, row => row.Trace, NpgsqlDbType.Text);
                Bind(put, all, row => row.Id, NpgsqlDbType.Text);
                Bind(put, all, row => row.Start, NpgsqlDbType.Bigint);
                Bind(put, all, row => row.Content, NpgsqlDbType.Text);
                await put.ExecuteNonQueryAsync(ct);
            }

            await transaction.CommitAsync(ct);
            return null;
        }
        catch (PostgresException e) when (e.ConstraintName is TraceSchema.SpanSize)
        {
            return Rejection.Malformed("trace.too-large", $"The spans of a trace have at most {TraceSchema.MostSpanCharacters} characters together, as JSON.");
        }
        catch (PostgresException e) when (e.ConstraintName is TraceSchema.Size)
        {
            return TraceStore.TooLarge;
        }
    }

    /// <summary>How many characters the spans of traces have together.</summary>
    public async Task<long> CharactersAsync(string project, string[] traces, CancellationToken ct)
    {
        await using var command = database.DataSource.CreateCommand("select coalesce(sum(span_characters), 0)::bigint from trace where project = $1 and id = any($2)");
        command.Parameters.Add(new() { Value = project });
        command.Parameters.Add(new() { Value = traces });
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }

    /// <summary>The spans of traces as they are shown, each trace's from its start on.</summary>
    public async Task<ILookup<string, string>> OfAsync(string project, string[] traces, CancellationToken ct)
    {
        await using var command = database.DataSource.CreateCommand("select trace, content from trace_span where project = $1 and trace = any($2) order by trace, started_at, id");
        command.Parameters.Add(new() { Value = project });
        command.Parameters.Add(new() { Value = traces });
        var spans = new List<(string Trace, string Content)>();
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct)) spans.Add((rows.GetString(0), rows.GetString(1)));
        return spans.ToLookup(span => span.Trace, span => span.Content, StringComparer.Ordinal);
    }

    private static List<(string Trace, string Id, long Start, string Content)> RowsOf(IGrouping<string, Span> spans) =>
        [.. spans.GroupBy(span => span.Id, StringComparer.Ordinal).Select(same => (spans.Key, same.Key, same.Last().Start, same.Last().Content.ToJsonString(Relaxed)))];

    private static void Bind<TItem, T>(NpgsqlCommand command, IReadOnlyList<TItem> items, Func<TItem, T> value, NpgsqlDbType type) =>
        command.Parameters.Add(new NpgsqlParameter { Value = items.Select(value).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | type });
}
