using Mesh.Contracts.Artifacts;

namespace Mesh.Artifacts.Models.Opening;

/// <summary>Compares what a signature says with what a file says.</summary>
internal static class SignatureMatch
{
    /// <summary>Why they do not match, as a sentence with the field of the signature; null when they do.</summary>
    public static (string Field, string Reason)? Difference(ModelFile file, ModelSignature signature) => Inputs(file, signature) ?? Outputs(file, signature);

    /// <summary>The signature that a file has by itself, as far as types are known here; null when one is not.</summary>
    public static ModelSignature? Of(ModelFile file)
    {
        if (Columns(file.Inputs) is not { Count: > 0 } inputs || Columns(file.Outputs) is not { Count: > 0 } outputs) return null;
        return new ModelSignature(inputs, outputs);
    }

    private static List<Column>? Columns(IReadOnlyList<FileTensor> tensors)
    {
        var columns = new List<Column>();
        foreach (var tensor in tensors)
        {
            if (TypeOf(tensor.Type) is not { } type || tensor.Shape is not { Count: >= 1 } shape) return null;
            // The first dimension is the batch.
            columns.Add(new Column(tensor.Name, type, shape is [_] ? [] : [.. shape.Skip(1).Select(length => length < 1 ? -1 : length)]));
        }

        return columns;
    }

    private static (string, string)? Inputs(ModelFile file, ModelSignature signature)
    {
        if (IsPacked(file, signature)) return null;
        for (var i = 0; i < signature.Inputs.Count; i++)
        {
            var column = signature.Inputs[i];
            if (file.Inputs.FirstOrDefault(tensor => tensor.Name == column.Name) is not { } tensor)
            {
                // A model of ML.NET may name columns that its outputs do not need.
                if (file.Format == "mlnet") continue;
                return ($"signature.inputs[{i}]", $"The signature names the input '{column.Name}', which the model does not take; it takes {Names(file.Inputs)}.");
            }

            if (!Fits(tensor.Type, column.Type, isInput: true)) return ($"signature.inputs[{i}].type", Unlike("takes", column, tensor));
            if (file.Format == "onnx" && !Fits(tensor.Shape, column.Shape ?? [])) return ($"signature.inputs[{i}].shape", Unlike("takes", column, tensor));
        }

        return file.Inputs.FirstOrDefault(tensor => signature.Inputs.All(column => column.Name != tensor.Name)) is { } unnamed
            ? ("signature.inputs", $"The model takes the input '{unnamed.Name}', which the signature does not name.")
            : null;
    }

    private static (string, string)? Outputs(ModelFile file, ModelSignature signature)
    {
        for (var i = 0; i < signature.Outputs.Count; i++)
        {
            var column = signature.Outputs[i];
            if (file.Outputs.FirstOrDefault(tensor => tensor.Name == column.Name) is not { } tensor)
                return ($"signature.outputs[{i}]", $"The signature names the output '{column.Name}', which the model does not give; it gives {Names(file.Outputs)}.");
            if (!Fits(tensor.Type, column.Type, isInput: false)) return ($"signature.outputs[{i}].type", Unlike("gives", column, tensor));
        }

        return null;
    }

    // A graph that takes one matrix may be described by its columns.
    private static bool IsPacked(ModelFile file, ModelSignature signature) =>
        file is { Format: "onnx", Inputs: [{ Shape: [_, var features], Type: "float" or "double" or "int64" } only] }
        && signature.Inputs.All(column => column.Name != only.Name && column.Shape is null or [] && column.Type is ColumnType.Fp32 or ColumnType.Fp64 or ColumnType.Int64)
        && (features < 1 || features == signature.Inputs.Count);

    // Numbers are converted; texts and truth values are what they are. What is no tensor is left to the runtime.
    private static bool Fits(string file, ColumnType type, bool isInput) => TypeOf(file) switch
    {
        ColumnType.Bytes => type is ColumnType.Bytes,
        ColumnType.Bool => type is ColumnType.Bool || (!isInput && type is not ColumnType.Bytes),
        null => true,
        _ => type is not (ColumnType.Bytes or ColumnType.Bool),
    };

    private static bool Fits(IReadOnlyList<long>? file, IReadOnlyList<long> shape)
    {
        if (file is null) return true;
        if (shape.Count == 0) return file is [_] or [_, <= 1];
        return file.Count == shape.Count + 1 && !shape.Where((length, i) => length >= 0 && file[i + 1] >= 1 && file[i + 1] != length).Any();
    }

    private static ColumnType? TypeOf(string type) => type switch
    {
        "float" => ColumnType.Fp32,
        "double" => ColumnType.Fp64,
        "int64" or "int32" => ColumnType.Int64,
        "bool" => ColumnType.Bool,
        "string" => ColumnType.Bytes,
        _ => null,
    };

    private static string Unlike(string verb, Column column, FileTensor tensor) =>
        $"The model {verb} '{column.Name}' as {tensor.Type} of shape [{string.Join(", ", tensor.Shape ?? [])}], the signature says {column.Type.ToString().ToUpperInvariant()} of shape [{string.Join(", ", column.Shape ?? [])}] a row.";

    private static string Names(IReadOnlyList<FileTensor> tensors) => string.Join(", ", tensors.Take(20).Select(tensor => $"'{tensor.Name}'"));
}
