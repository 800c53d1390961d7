using System.Text.Json.Serialization;

namespace Mesh.Contracts;

/// <summary>An error as every service answers it: RFC 9457 problem details (<c>application/problem+json</c>).</summary>
public sealed record Problem
{
    /// <summary><c>urn:mesh:error:{code}</c>.</summary>
    public required string Type { get; init; }

    /// <summary>Short name of the kind of error.</summary>
    public required string Title { get; init; }

    /// <summary>HTTP status.</summary>
    public required int Status { get; init; }

    /// <summary>A sentence for people: what is wrong and what would be right.</summary>
    public string? Detail { get; init; }

    /// <summary>Stable code for programs, such as <c>run.closed</c>.</summary>
    public required string Code { get; init; }

    /// <summary>The fields at fault, if any.</summary>
    public IReadOnlyList<FieldFault>? Errors { get; init; }

    /// <summary>Trace to look for in logs and telemetry.</summary>
    public string? TraceId { get; init; }

    /// <summary>Path of the request.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Instance { get; init; }
}
