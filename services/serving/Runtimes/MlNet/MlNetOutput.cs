using Mesh.Contracts.Artifacts;
using Mesh.Serving.Tensors;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Mesh.Serving.Runtimes.MlNet;

/// <summary>Takes one output column of a model. Bound to the getters of one <see cref="MlNetRow"/>.</summary>
internal abstract class MlNetOutput(int index)
{
    protected int Index { get; } = index;

    /// <summary>Makes room for the rows of a request.</summary>
    public abstract void Bind(TensorBatch batch);

    /// <summary>Computes the value of the row that the input row stands on.</summary>
    public abstract void Read(int row);

    /// <exception cref="ModelLoadException">The model's column is not what the signature says.</exception>
    public static MlNetOutput Create(DataViewRow row, int index, TensorSpec spec)
    {
        var column = row.Schema[spec.Name];
        MlNetOutput? output = (spec.Type, spec.IsScalar, column.Type) switch
        {
            (ColumnType.Fp32, true, NumberDataViewType t) when t == NumberDataViewType.Single => new Scalar<float, float>(index, row.GetGetter<float>(column), v => v),
            (ColumnType.Fp64, true, NumberDataViewType t) when t == NumberDataViewType.Single => new Scalar<float, double>(index, row.GetGetter<float>(column), v => v),
            (ColumnType.Fp64, true, NumberDataViewType t) when t == NumberDataViewType.Double => new Scalar<double, double>(index, row.GetGetter<double>(column), v => v),
            (ColumnType.Int64, true, NumberDataViewType t) when t == NumberDataViewType.Int64 => new Scalar<long, long>(index, row.GetGetter<long>(column), v => v),
            (ColumnType.Int64, true, NumberDataViewType t) when t == NumberDataViewType.Int32 => new Scalar<int, long>(index, row.GetGetter<int>(column), v => v),
            (ColumnType.Bool, true, BooleanDataViewType) => new Scalar<bool, bool>(index, row.GetGetter<bool>(column), v => v),
            (ColumnType.Bytes, true, TextDataViewType) => new Text(index, row.GetGetter<ReadOnlyMemory<char>>(column)),
            (ColumnType.Bytes, true, KeyDataViewType key) => KeyOf(row, column, key, index),
            (ColumnType.Fp32, false, VectorDataViewType t) when t.ItemType == NumberDataViewType.Single && (spec.Width < 0 || t.Size == 0 || spec.Width == t.Size) =>
                new Vector(index, spec, t.Size, row.GetGetter<VBuffer<float>>(column)),
            _ => null,
        };
        return output ?? throw new ModelLoadException(
            $"The model gives '{spec.Name}' as {column.Type}, the signature says {spec.Datatype} of shape [{string.Join(", ", spec.Shape)}].");
    }

    private static Key? KeyOf(DataViewRow row, DataViewSchema.Column column, KeyDataViewType type, int index)
    {
        var annotation = column.Annotations.Schema.GetColumnOrNull("KeyValues");
        if (type.RawType != typeof(uint) || annotation?.Type is not VectorDataViewType { ItemType: TextDataViewType }) return null;
        var names = default(VBuffer<ReadOnlyMemory<char>>);
        column.GetKeyValues(ref names);
        return new Key(index, row.GetGetter<uint>(column), [.. names.DenseValues().Select(name => name.ToString())]);
    }

    private sealed class Scalar<TModel, TTensor>(int index, ValueGetter<TModel> getter, Func<TModel, TTensor> convert) : MlNetOutput(index)
        where TModel : struct
    {
        private TTensor[] _values = [];

        public override void Bind(TensorBatch batch)
        {
            var column = (TensorColumn<TTensor>)batch.Outputs[Index];
            column.Resize(batch.Rows, []);
            _values = column.Buffer;
        }

        public override void Read(int row)
        {
            TModel value = default;
            getter(ref value);
            _values[row] = convert(value);
        }
    }

    private sealed class Text(int index, ValueGetter<ReadOnlyMemory<char>> getter) : MlNetOutput(index)
    {
        private string[] _values = [];
        private string _last = "";

        public override void Bind(TensorBatch batch)
        {
            var column = (TextColumn)batch.Outputs[Index];
            column.Resize(batch.Rows, []);
            _values = column.Buffer;
        }

        public override void Read(int row)
        {
            ReadOnlyMemory<char> value = default;
            getter(ref value);
            // Labels are few: mostly the last text is the next one too.
            if (!value.Span.SequenceEqual(_last)) _last = value.ToString();
            _values[row] = _last;
        }
    }

    private sealed class Key(int index, ValueGetter<uint> getter, string[] names) : MlNetOutput(index)
    {
        private string[] _values = [];

        public override void Bind(TensorBatch batch)
        {
            var column = (TextColumn)batch.Outputs[Index];
            column.Resize(batch.Rows, []);
            _values = column.Buffer;
        }

        public override void Read(int row)
        {
            uint value = 0;
            getter(ref value);
            _values[row] = value == 0 || value > names.Length ? "" : names[value - 1];
        }
    }

    private sealed class Vector(int index, TensorSpec spec, int size, ValueGetter<VBuffer<float>> getter) : MlNetOutput(index)
    {
        private readonly int _declared = size > 0 ? size : spec.Width;
        private VBuffer<float> _value;
        private SingleColumn? _column;
        private int _rows;

        public override void Bind(TensorBatch batch)
        {
            (_column, _rows) = ((SingleColumn)batch.Outputs[Index], batch.Rows);
            if (_declared >= 0) Resize(_declared);
        }

        public override void Read(int row)
        {
            getter(ref _value);
            if (_declared < 0 && row == 0) Resize(_value.Length);
            if (_value.Length != _column!.Width)
                throw new InvalidOperationException($"The model gave {_value.Length} values of '{spec.Name}' for row {row}, not {_column.Width}.");
            _value.CopyTo(_column.Values.Slice(row * _column.Width, _column.Width));
        }

        // A shape like [2, 5] stays as the signature says; one with open dimensions becomes flat.
        private void Resize(int width) => _column!.Resize(_rows, spec.Width == width ? spec.Shape : [width]);
    }
}
