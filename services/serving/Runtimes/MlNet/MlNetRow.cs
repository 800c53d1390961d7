using Mesh.Serving.Tensors;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Mesh.Serving.Runtimes.MlNet;

/// <summary>
/// The row that a model's getters read from: a cursor over the input columns of a request. The getters of a model are made once per row object and then
/// reused for every request, which is what makes inference of one row cost microseconds.
/// </summary>
internal sealed class MlNetRow : DataViewRow
{
    private readonly MlNetInput?[] _inputs;
    private long _position;

    public MlNetRow(DataViewSchema schema, ModelLayout layout)
    {
        Schema = schema;
        _inputs = new MlNetInput?[schema.Count];
        for (var i = 0; i < layout.Inputs.Length; i++)
        {
            if (schema.GetColumnOrNull(layout.Inputs[i].Name) is { } column)
                _inputs[column.Index] = MlNetInput.Create(this, i, layout.Inputs[i], column.Type);
        }
    }

    public override DataViewSchema Schema { get; }

    /// <summary>Grows with every row ever read: transforms cache by it what they computed for the row.</summary>
    public override long Position => _position;

    public override long Batch => 0;

    /// <summary>Row of the request that the getters read.</summary>
    public int Index { get; private set; }

    public void Bind(TensorBatch batch)
    {
        foreach (var input in _inputs) input?.Bind(batch);
    }

    public void MoveTo(int index)
    {
        Index = index;
        _position++;
    }

    public override bool IsColumnActive(DataViewSchema.Column column) => _inputs[column.Index] is not null;

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) =>
        _inputs[column.Index]?.Getter as ValueGetter<TValue>
        ?? throw new ModelLoadException($"The model reads its column '{column.Name}' as {typeof(TValue).Name}, which the signature does not offer.");

    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = new DataViewRowId((ulong)_position, 0);
}

/// <summary>Gives a model one of its input columns.</summary>
internal abstract class MlNetInput
{
    public abstract Delegate Getter { get; }

    public abstract void Bind(TensorBatch batch);

    /// <exception cref="ModelLoadException">The signature's type cannot become the type that the model takes.</exception>
    public static MlNetInput Create(MlNetRow row, int index, TensorSpec spec, DataViewType type)
    {
        MlNetInput? input = (type, spec.IsScalar) switch
        {
            (NumberDataViewType t, true) when t == NumberDataViewType.Single && spec.Type is Contracts.Artifacts.ColumnType.Fp32 => new SingleInput(row, index),
            (NumberDataViewType t, true) when t == NumberDataViewType.Single && spec.IsNumber => new ScalarInput<float>(row, index, (c, i) => (float)Number(c, i)),
            (NumberDataViewType t, true) when t == NumberDataViewType.Double && spec.IsNumber => new ScalarInput<double>(row, index, Number),
            (NumberDataViewType t, true) when t == NumberDataViewType.Int64 && spec.IsNumber => new ScalarInput<long>(row, index, Integer),
            (NumberDataViewType t, true) when t == NumberDataViewType.Int32 && spec.IsNumber => new ScalarInput<int>(row, index, (c, i) => checked((int)Integer(c, i))),
            (BooleanDataViewType, true) when spec.Type is Contracts.Artifacts.ColumnType.Bool => new ScalarInput<bool>(row, index, (c, i) => ((BoolColumn)c).Buffer[i]),
            (TextDataViewType, true) when spec.Type is Contracts.Artifacts.ColumnType.Bytes =>
                new ScalarInput<ReadOnlyMemory<char>>(row, index, (c, i) => ((TextColumn)c).Buffer[i].AsMemory()),
            (VectorDataViewType t, false) when t.ItemType == NumberDataViewType.Single && spec.Type is Contracts.Artifacts.ColumnType.Fp32 && Fits(spec, t) =>
                new VectorInput(row, index),
            _ => null,
        };
        return input ?? throw new ModelLoadException(
            $"The model takes '{spec.Name}' as {type}, the signature says {spec.Datatype} of shape [{string.Join(", ", spec.Shape)}].");
    }

    private static bool Fits(TensorSpec spec, VectorDataViewType type) => type.Size == 0 || spec.Width == type.Size;

    private static double Number(TensorColumn column, int index) => column switch
    {
        SingleColumn c => c.Buffer[index],
        DoubleColumn c => c.Buffer[index],
        Int64Column c => c.Buffer[index],
        _ => throw new ArgumentOutOfRangeException(nameof(column)),
    };

    private static long Integer(TensorColumn column, int index) => column switch
    {
        Int64Column c => c.Buffer[index],
        SingleColumn c => checked((long)c.Buffer[index]),
        DoubleColumn c => checked((long)c.Buffer[index]),
        _ => throw new ArgumentOutOfRangeException(nameof(column)),
    };

    private sealed class SingleInput : MlNetInput
    {
        private readonly int _index;
        private float[] _values = [];

        public SingleInput(MlNetRow row, int index)
        {
            _index = index;
            Getter = (ValueGetter<float>)((ref float value) => value = _values[row.Index]);
        }

        public override Delegate Getter { get; }

        public override void Bind(TensorBatch batch) => _values = ((SingleColumn)batch.Inputs[_index]).Buffer;
    }

    private sealed class ScalarInput<TValue> : MlNetInput
    {
        private readonly int _index;
        private TensorColumn? _column;

        public ScalarInput(MlNetRow row, int index, Func<TensorColumn, int, TValue> read)
        {
            _index = index;
            Getter = (ValueGetter<TValue>)((ref TValue value) => value = read(_column!, row.Index));
        }

        public override Delegate Getter { get; }

        public override void Bind(TensorBatch batch) => _column = batch.Inputs[_index];
    }

    private sealed class VectorInput : MlNetInput
    {
        private readonly int _index;
        private SingleColumn? _column;

        public VectorInput(MlNetRow row, int index)
        {
            _index = index;
            Getter = (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) =>
            {
                var width = _column!.Width;
                var editor = VBufferEditor.Create(ref value, width);
                _column.Values.Slice(row.Index * width, width).CopyTo(editor.Values);
                value = editor.Commit();
            });
        }

        public override Delegate Getter { get; }

        public override void Bind(TensorBatch batch) => _column = (SingleColumn)batch.Inputs[_index];
    }
}
