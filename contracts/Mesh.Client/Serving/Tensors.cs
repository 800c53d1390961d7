using System.Text.Json;
using Mesh.Contracts;
using Mesh.Contracts.Serving;

namespace Mesh.Client.Serving;

/// <summary>Makes tensors of values, and reads values out of tensors.</summary>
public static class Tensors
{
    /// <summary>FP32, one value a row: shape [n]. NaN, which JSON cannot write as a number, goes as null and means missing.</summary>
    public static Tensor Fp32(string name, IReadOnlyList<float> values) =>
        new(name, [values.Count], "FP32", JsonSerializer.SerializeToElement(values.Select(v => float.IsFinite(v) ? v : (float?)null), MeshJson.Strict));

    /// <summary>FP32, a matrix row by row: shape [rows, width].</summary>
    public static Tensor Fp32(string name, IReadOnlyList<float> values, int width) => Fp32(name, values) with { Shape = [values.Count / width, width] };

    /// <summary>INT64, one value a row: shape [n].</summary>
    public static Tensor Int64(string name, IReadOnlyList<long> values) =>
        new(name, [values.Count], "INT64", JsonSerializer.SerializeToElement(values, MeshJson.Strict));

    /// <summary>BYTES, one text a row: shape [n].</summary>
    public static Tensor Text(string name, IReadOnlyList<string> values) =>
        new(name, [values.Count], "BYTES", JsonSerializer.SerializeToElement(values, MeshJson.Strict));

    /// <summary>The output of that name.</summary>
    /// <exception cref="KeyNotFoundException">The answer has no such output.</exception>
    public static Tensor Output(this InferResponse response, string name) =>
        response.Outputs.FirstOrDefault(o => o.Name == name) ?? throw new KeyNotFoundException($"The answer has no output '{name}'; it has {string.Join(", ", response.Outputs.Select(o => o.Name))}.");

    /// <summary>The texts of a tensor, row by row.</summary>
    public static IReadOnlyList<string> AsText(this Tensor tensor) => [.. tensor.Data.EnumerateArray().Select(e => e.ValueKind == JsonValueKind.String ? e.GetString()! : e.GetRawText())];

    /// <summary>The numbers of a tensor, row-major; null is NaN.</summary>
    public static IReadOnlyList<double> AsNumbers(this Tensor tensor) => [.. tensor.Data.EnumerateArray().Select(e => e.ValueKind == JsonValueKind.Number ? e.GetDouble() : double.NaN)];
}
