using System.Buffers;
using System.Text.Json;
using Mesh.Contracts;
using Mesh.Contracts.Tracking;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;

namespace Mesh.Tracking.Metrics.Ingest;

/// <summary>Reads the JSON body of a request with points.</summary>
internal static class MetricBody
{
    /// <summary>The most bytes of it: 10,000 points with long names and full times.</summary>
    public const int MaxBytes = 8 << 20;

    /// <summary>The most points of it.</summary>
    public const int MaxPoints = 10_000;

    private const int FirstBuffer = 16 * 1024;

    /// <summary>Reads the body, and says whether its form was checked on the way.</summary>
    /// <exception cref="BadHttpRequestException">It is no JSON of this form, or too large.</exception>
    /// <exception cref="RejectedException">A step is no whole number of 64 bits.</exception>
    public static async Task<(LogMetrics Body, bool Checked)> ReadAsync(HttpRequest request, CancellationToken ct)
    {
        if (request.ContentLength > MaxBytes) throw TooLarge();
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(request.ContentLength ?? FirstBuffer, FirstBuffer, MaxBytes) + 1);
        try
        {
            var filled = 0;
            while (await request.Body.ReadAsync(buffer.AsMemory(filled), ct) is > 0 and var read)
            {
                filled += read;
                if (filled > MaxBytes) throw TooLarge();
                if (filled < buffer.Length) continue;
                var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
                buffer.AsSpan(0, filled).CopyTo(larger);
                ArrayPool<byte>.Shared.Return(buffer);
                buffer = larger;
            }

            return Parse(buffer.AsSpan(0, filled));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static BadHttpRequestException TooLarge() => new("The body is too large.", StatusCodes.Status413PayloadTooLarge);

    private static Rejection Missing { get; } = Rejection.Malformed("request.malformed", "The body is missing: JSON is expected here.", "body");

    private static (LogMetrics Body, bool Checked) Parse(ReadOnlySpan<byte> json)
    {
        if (json.IsEmpty) throw new RejectedException(Missing);
        if (new PointParser().TryRead(json, MaxPoints) is { } body) return (body, true);
        try
        {
            return (JsonSerializer.Deserialize<LogMetrics>(json, MeshJson.Strict) ?? throw new RejectedException(Missing), false);
        }
        catch (JsonException e) when (e.Path?.EndsWith(".step", StringComparison.Ordinal) == true)
        {
            throw new RejectedException(NoStep(e.Path.TrimStart('$', '.')));
        }
        catch (JsonException e)
        {
            throw new BadHttpRequestException("The body is not the JSON that is expected.", StatusCodes.Status400BadRequest, e);
        }
    }

    /// <summary>The refusal of a step that is none.</summary>
    public static Rejection NoStep(string field) =>
        Rejection.Malformed("body.malformed", $"'{field}' must be a whole number from {long.MinValue} to {long.MaxValue}.", field);
}
