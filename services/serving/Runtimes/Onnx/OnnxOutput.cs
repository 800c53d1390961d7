using Mesh.Contracts.Artifacts;
using Mesh.Serving.Tensors;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Mesh.Serving.Runtimes.Onnx;

/// <summary>Takes one output of an ONNX graph into a column of the request. Stateless.</summary>
internal abstract class OnnxOutput(int index, TensorSpec spec)
{
    public TensorSpec Spec { get; } = spec;

    /// <summary>Copies the values of some rows; the first ones settle the shape.</summary>
    /// <exception cref="InvalidOperationException">The graph gave another number of rows or values than it had to.</exception>
    public void Put(OrtValue value, TensorBatch batch, int start, int rows)
    {
        var shape = value.GetTensorTypeAndShape().Shape;
        if (shape.Length == 0 || shape[0] != rows)
            throw new InvalidOperationException($"The model gave '{Spec.Name}' of shape [{string.Join(", ", shape)}] for {rows} rows.");
        var column = batch.Outputs[index];
        var rowShape = Spec.IsScalar && shape.AsSpan(1) is [] or [1] ? [] : shape.AsSpan(1);
        if (start == 0) column.Resize(batch.Rows, rowShape);
        else if (!column.RowShape.SequenceEqual(rowShape)) throw new InvalidOperationException($"The model gave '{Spec.Name}' in another shape for later rows.");
        Copy(value, column, start * column.Width, rows * column.Width);
    }

    /// <exception cref="ModelLoadException">The graph's output is not what the signature says.</exception>
    public static OnnxOutput Create(NodeMetadata node, int index, TensorSpec spec)
    {
        if (!node.IsTensor)
            throw new ModelLoadException($"The output '{spec.Name}' of the model is not a tensor; export the model without ZipMap.");
        return (node.ElementDataType, spec.Type) switch
        {
            (TensorElementType.Float, ColumnType.Fp32) => new Direct<float>(index, spec),
            (TensorElementType.Double, ColumnType.Fp64) => new Direct<double>(index, spec),
            (TensorElementType.Int64, ColumnType.Int64) => new Direct<long>(index, spec),
            (TensorElementType.Bool, ColumnType.Bool) => new Direct<bool>(index, spec),
            (TensorElementType.String, ColumnType.Bytes) => new Texts(index, spec),
            (TensorElementType.Float, ColumnType.Fp64) => new Converted<float, double>(index, spec, value => value),
            (TensorElementType.Double, ColumnType.Fp32) => new Converted<double, float>(index, spec, value => (float)value),
            (TensorElementType.Int32, ColumnType.Int64) => new Converted<int, long>(index, spec, value => value),
            (TensorElementType.UInt8, ColumnType.Int64) => new Converted<byte, long>(index, spec, value => value),
            _ => throw new ModelLoadException(
                $"The model gives '{spec.Name}' as {node.ElementDataType}, the signature says {spec.Datatype} of shape [{string.Join(", ", spec.Shape)}]."),
        };
    }

    protected abstract void Copy(OrtValue value, TensorColumn column, int start, int count);

    private sealed class Direct<T>(int index, TensorSpec spec) : OnnxOutput(index, spec)
        where T : unmanaged
    {
        protected override void Copy(OrtValue value, TensorColumn column, int start, int count) =>
            value.GetTensorDataAsSpan<T>().CopyTo(((TensorColumn<T>)column).Buffer.AsSpan(start, count));
    }

    private sealed class Converted<TModel, TTensor>(int index, TensorSpec spec, Func<TModel, TTensor> convert) : OnnxOutput(index, spec)
        where TModel : unmanaged
    {
        protected override void Copy(OrtValue value, TensorColumn column, int start, int count)
        {
            var from = value.GetTensorDataAsSpan<TModel>();
            var to = ((TensorColumn<TTensor>)column).Buffer.AsSpan(start, count);
            for (var i = 0; i < count; i++) to[i] = convert(from[i]);
        }
    }

    private sealed class Texts(int index, TensorSpec spec) : OnnxOutput(index, spec)
    {
        protected override void Copy(OrtValue value, TensorColumn column, int start, int count)
        {
            var to = ((TextColumn)column).Buffer;
            for (var i = 0; i < count; i++) to[start + i] = value.GetStringElement(i);
        }
    }
}
