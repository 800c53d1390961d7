using System.Buffers;
using Mesh.Contracts.Artifacts;
using Mesh.Serving.Tensors;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Mesh.Serving.Runtimes.Onnx;

/// <summary>Feeds one input of an ONNX graph from the columns of a request. Stateless; what a call needs is in the values that it makes.</summary>
internal abstract class OnnxInput(string name, NodeMetadata node)
{
    /// <summary>Name in the graph.</summary>
    public string Name { get; } = name;

    /// <summary>Rank in the graph, batch dimension included.</summary>
    protected int Rank { get; } = node.Dimensions.Length;

    /// <summary>The graph's batch dimension, 0 when it is open.</summary>
    public int FixedRows { get; } = Math.Max(node.Dimensions[0], 0);

    /// <summary>A tensor of the rows from <paramref name="start"/>; buffers that it needs are added to <paramref name="rented"/>.</summary>
    public abstract OrtValue Take(TensorBatch batch, int start, int rows, RentedBuffers rented);

    /// <exception cref="ModelLoadException">The signature's column cannot become what the graph takes.</exception>
    public static OnnxInput Create(string name, NodeMetadata node, int index, TensorSpec spec)
    {
        if (!Fits(node.Dimensions, spec)) throw Unlike(name, node, spec);
        return (node.ElementDataType, spec.Type) switch
        {
            (TensorElementType.Float, ColumnType.Fp32) => new Direct<float>(name, node, index),
            (TensorElementType.Double, ColumnType.Fp64) => new Direct<double>(name, node, index),
            (TensorElementType.Int64, ColumnType.Int64) => new Direct<long>(name, node, index),
            (TensorElementType.Bool, ColumnType.Bool) => new Direct<bool>(name, node, index),
            (TensorElementType.String, ColumnType.Bytes) => new Texts(name, node, index),
            (TensorElementType.Float, _) when spec.IsNumber => new Converted<float>(name, node, index, value => (float)value),
            (TensorElementType.Double, _) when spec.IsNumber => new Converted<double>(name, node, index, value => value),
            (TensorElementType.Int64, _) when spec.IsNumber => new Converted<long>(name, node, index, value => checked((long)value)),
            (TensorElementType.Int32, _) when spec.IsNumber => new Converted<int>(name, node, index, value => checked((int)value)),
            _ => throw Unlike(name, node, spec),
        };
    }

    /// <summary>One graph input <c>[rows, features]</c> that takes all columns of the signature, each a single number.</summary>
    public static OnnxInput? Packed(string name, NodeMetadata node, ModelLayout layout)
    {
        if (!layout.TakesMatrix || node.Dimensions is not [_, var features] || (features > 0 && features != layout.Inputs.Length)) return null;
        return node.ElementDataType switch
        {
            TensorElementType.Float => new Matrix<float>(name, node, value => (float)value),
            TensorElementType.Double => new Matrix<double>(name, node, value => value),
            TensorElementType.Int64 => new Matrix<long>(name, node, value => checked((long)value)),
            _ => null,
        };
    }

    private static bool Fits(int[] dimensions, TensorSpec spec)
    {
        if (spec.IsScalar) return dimensions is [_] or [_, 1] or [_, -1];
        if (dimensions.Length != spec.Shape.Length + 1) return false;
        for (var i = 0; i < spec.Shape.Length; i++)
            if (dimensions[i + 1] >= 0 && spec.Shape[i] >= 0 && dimensions[i + 1] != spec.Shape[i]) return false;
        return true;
    }

    private static ModelLoadException Unlike(string name, NodeMetadata node, TensorSpec spec) => new(
        $"The model takes '{name}' as {node.ElementDataType} of shape [{string.Join(", ", node.Dimensions)}], "
        + $"the signature says {spec.Datatype} of shape [{string.Join(", ", spec.Shape)}] a row.");

    private static double Number(TensorColumn column, int index) => column switch
    {
        SingleColumn c => c.Buffer[index],
        DoubleColumn c => c.Buffer[index],
        Int64Column c => c.Buffer[index],
        _ => throw new ArgumentOutOfRangeException(nameof(column)),
    };

    private long[] ShapeOf(TensorColumn column, int rows)
    {
        var shape = new long[Rank];
        Array.Fill(shape, 1);
        column.RowShape.CopyTo(shape.AsSpan(1));
        shape[0] = rows;
        return shape;
    }

    private sealed class Direct<T>(string name, NodeMetadata node, int index) : OnnxInput(name, node)
        where T : unmanaged
    {
        public override OrtValue Take(TensorBatch batch, int start, int rows, RentedBuffers rented)
        {
            var column = (TensorColumn<T>)batch.Inputs[index];
            return OrtValue.CreateTensorValueFromMemory(
                OrtMemoryInfo.DefaultInstance, column.Buffer.AsMemory(start * column.Width, rows * column.Width), ShapeOf(column, rows));
        }
    }

    private sealed class Converted<T>(string name, NodeMetadata node, int index, Func<double, T> convert) : OnnxInput(name, node)
        where T : unmanaged
    {
        public override OrtValue Take(TensorBatch batch, int start, int rows, RentedBuffers rented)
        {
            var column = batch.Inputs[index];
            var count = rows * column.Width;
            var buffer = rented.Rent<T>(count);
            for (var i = 0; i < count; i++) buffer[i] = convert(Number(column, (start * column.Width) + i));
            return OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, buffer.AsMemory(0, count), ShapeOf(column, rows));
        }
    }

    private sealed class Texts(string name, NodeMetadata node, int index) : OnnxInput(name, node)
    {
        public override OrtValue Take(TensorBatch batch, int start, int rows, RentedBuffers rented)
        {
            var column = (TextColumn)batch.Inputs[index];
            var value = OrtValue.CreateTensorWithEmptyStrings(OrtAllocator.DefaultInstance, ShapeOf(column, rows));
            for (var i = 0; i < rows * column.Width; i++) value.StringTensorSetElementAt(column.Buffer[(start * column.Width) + i].AsSpan(), i);
            return value;
        }
    }

    private sealed class Matrix<T>(string name, NodeMetadata node, Func<double, T> convert) : OnnxInput(name, node)
        where T : unmanaged
    {
        public override OrtValue Take(TensorBatch batch, int start, int rows, RentedBuffers rented)
        {
            var width = batch.Inputs.Length;
            var buffer = rented.Rent<T>(rows * width);
            for (var column = 0; column < width; column++)
            {
                if (batch.Inputs[column] is SingleColumn singles && buffer is float[] target)
                {
                    for (var row = 0; row < rows; row++) target[(row * width) + column] = singles.Buffer[start + row];
                }
                else
                {
                    for (var row = 0; row < rows; row++) buffer[(row * width) + column] = convert(Number(batch.Inputs[column], start + row));
                }
            }

            return OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, buffer.AsMemory(0, rows * width), [rows, width]);
        }
    }
}

/// <summary>Buffers that one call borrowed.</summary>
internal sealed class RentedBuffers : IDisposable
{
    private List<Action>? _returns;

    public T[] Rent<T>(int length)
    {
        var buffer = ArrayPool<T>.Shared.Rent(length);
        (_returns ??= []).Add(() => ArrayPool<T>.Shared.Return(buffer));
        return buffer;
    }

    public void Dispose()
    {
        foreach (var giveBack in _returns ?? []) giveBack();
    }
}
