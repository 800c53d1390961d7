using System.Text.Json;
using System.Text.Json.Serialization;

namespace Mesh.Contracts.Serving;

/// <summary>A tensor of the Open Inference Protocol v2: <c>name</c>, <c>shape</c> with the batch dimension first, <c>datatype</c> (<c>FP32</c>, <c>INT64</c>, <c>BYTES</c>, …), row-major <c>data</c>.</summary>
public sealed record Tensor(
    [property: JsonPropertyName("name")] string Name, [property: JsonPropertyName("shape")] IReadOnlyList<long> Shape,
    [property: JsonPropertyName("datatype")] string Datatype, [property: JsonPropertyName("data")] JsonElement Data,
    [property: JsonPropertyName("parameters")] IReadOnlyDictionary<string, JsonElement>? Parameters = null);

/// <summary>
/// <c>POST …/v2/models/{endpoint}/infer</c>. The parameter <c>event_time</c> (RFC 3339) says when the rows happened, for monitoring; now when absent.
/// </summary>
public sealed record InferRequest(
    [property: JsonPropertyName("inputs")] IReadOnlyList<Tensor> Inputs, [property: JsonPropertyName("id")] string? Id = null,
    [property: JsonPropertyName("parameters")] IReadOnlyDictionary<string, JsonElement>? Parameters = null,
    [property: JsonPropertyName("outputs")] IReadOnlyList<RequestedOutput>? Outputs = null);

/// <summary>An output that the caller wants; all when the list is absent.</summary>
public sealed record RequestedOutput(
    [property: JsonPropertyName("name")] string Name, [property: JsonPropertyName("parameters")] IReadOnlyDictionary<string, JsonElement>? Parameters = null);

/// <summary>The answer to an infer request.</summary>
public sealed record InferResponse(
    [property: JsonPropertyName("model_name")] string ModelName, [property: JsonPropertyName("model_version")] string ModelVersion,
    [property: JsonPropertyName("outputs")] IReadOnlyList<Tensor> Outputs, [property: JsonPropertyName("id")] string? Id = null);

/// <summary>Metadata of a model in the Open Inference Protocol.</summary>
public sealed record ModelMetadata(
    [property: JsonPropertyName("name")] string Name, [property: JsonPropertyName("versions")] IReadOnlyList<string> Versions,
    [property: JsonPropertyName("platform")] string Platform, [property: JsonPropertyName("inputs")] IReadOnlyList<TensorMetadata> Inputs,
    [property: JsonPropertyName("outputs")] IReadOnlyList<TensorMetadata> Outputs);

/// <summary>Name, type and shape of a tensor; -1 is any length.</summary>
public sealed record TensorMetadata(
    [property: JsonPropertyName("name")] string Name, [property: JsonPropertyName("datatype")] string Datatype, [property: JsonPropertyName("shape")] IReadOnlyList<long> Shape);
