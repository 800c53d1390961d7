using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Mesh.Contracts;
using Mesh.Contracts.Tracking;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;

namespace Mesh.Tracking.Metrics.Ingest;

/// <summary>Reads points from lines of JSON, each <c>{"name","value","step","time"}</c>. Empty lines say nothing.</summary>
internal static class NdjsonPoints
{
    public const string MediaType = "application/x-ndjson";

    /// <summary>The most bytes of a line.</summary>
    public const int MaxLine = 8 * 1024;

    /// <summary>The points as they come.</summary>
    /// <exception cref="RejectedException">A line is no point, or too long.</exception>
    public static async IAsyncEnumerable<MetricPoint> ReadAsync(PipeReader body, [EnumeratorCancellation] CancellationToken ct)
    {
        var parser = new PointParser();
        var (number, isOver) = (1L, false);
        while (!isOver)
        {
            var read = await body.ReadAsync(ct);
            var rest = read.Buffer;
            try
            {
                while (rest.PositionOf((byte)'\n') is { } end)
                {
                    if (Parse(parser, rest.Slice(0, end), number++) is { } point) yield return point;
                    rest = rest.Slice(rest.GetPosition(1, end));
                }

                if (rest.Length > MaxLine) throw TooLong(number);
                if (isOver = read.IsCompleted)
                {
                    if (Parse(parser, rest, number) is { } last) yield return last;
                    rest = rest.Slice(rest.End);
                }
            }
            finally
            {
                // Also where a line is refused: the server reads what is left of the body.
                body.AdvanceTo(rest.Start, rest.End);
            }
        }
    }

    private static MetricPoint? Parse(PointParser parser, ReadOnlySequence<byte> line, long number)
    {
        if (line.Length > MaxLine) throw TooLong(number);
        if (line.IsSingleSegment) return Parse(parser, line.FirstSpan, number);
        Span<byte> joined = stackalloc byte[(int)line.Length];
        line.CopyTo(joined);
        return Parse(parser, joined, number);
    }

    private static MetricPoint? Parse(PointParser parser, ReadOnlySpan<byte> line, long number)
    {
        if (line.Trim(" \t\r"u8).IsEmpty) return null;
        return parser.TryReadPoint(line) ?? Explain(line, number);
    }

    private static MetricPoint Explain(ReadOnlySpan<byte> line, long number)
    {
        try
        {
            var point = JsonSerializer.Deserialize<MetricPoint>(line, MeshJson.Strict) ?? throw Fault(number, "must be a point, not null.");
            return Names.IsKey(point.Name) ? point : throw Fault(number, PointFaults.Name);
        }
        catch (JsonException e)
        {
            var field = e.Path is { Length: > 2 } path ? path[2..] : null;
            throw Fault(number, field == "step" ? PointFaults.Step
                : field is null ? """must be a JSON object with "name" and "value", and perhaps "step" and "time"."""
                : $"holds a '{field}' that does not belong there, or is not of its type.");
        }
    }

    private static RejectedException TooLong(long line) =>
        new(Rejection.TooLarge("points.line-too-long", $"Line {line} is longer than {MaxLine:N0} bytes.", $"line {line}"));

    private static RejectedException Fault(long line, string sentence) =>
        new(Rejection.Malformed("points.malformed", $"Line {line} {sentence}", $"line {line}"));
}
