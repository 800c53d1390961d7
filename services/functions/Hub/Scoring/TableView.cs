using Mesh.Hub.Tables;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Mesh.Hub.Scoring;

/// <summary>
/// Rows of columns as ML.NET reads them, with nothing copied. Columns are named and typed at run time, which ML.NET's own loaders of objects cannot do.
/// </summary>
internal sealed class TableView : IDataView
{
    private readonly List<Func<Cursor, Delegate>> _getters = [];
    private readonly DataViewSchema.Builder _schema = new();
    private readonly int[] _rows;
    private DataViewSchema? _built;

    /// <param name="rows">The rows to show, as indexes into the columns that are added.</param>
    public TableView(IReadOnlyList<int> rows) => _rows = [.. rows];

    public DataViewSchema Schema => _built ??= _schema.ToSchema();

    public bool CanShuffle => false;

    /// <summary>A number per row, NaN where missing.</summary>
    public TableView AddNumbers(string name, double[] values) => Add<float>(name, NumberDataViewType.Single, row => (float)values[row]);

    /// <summary>A text per row, empty where missing.</summary>
    public TableView AddTexts(string name, TableColumn column) => Add<ReadOnlyMemory<char>>(name, TextDataViewType.Instance, row => column.TextAt(row).AsMemory());

    /// <summary>A truth value per row.</summary>
    public TableView AddBooleans(string name, Func<int, bool> values) => Add(name, BooleanDataViewType.Instance, values);

    /// <summary>A class per row, with the names of the classes.</summary>
    /// <param name="codes">Index into <paramref name="levels"/> per row, -1 where missing.</param>
    public TableView AddClasses(string name, int[] codes, IReadOnlyList<string> levels)
    {
        var names = levels.Select(l => l.AsMemory()).ToArray();
        var annotations = new DataViewSchema.Annotations.Builder();
        annotations.Add<VBuffer<ReadOnlyMemory<char>>>(
            "KeyValues", new VectorDataViewType(TextDataViewType.Instance, names.Length),
            (ref VBuffer<ReadOnlyMemory<char>> value) => value = new VBuffer<ReadOnlyMemory<char>>(names.Length, names));
        _schema.AddColumn(name, new KeyDataViewType(typeof(uint), names.Length), annotations.ToAnnotations());
        _getters.Add(cursor => (ValueGetter<uint>)((ref uint value) => value = (uint)(codes[cursor.Row] + 1)));
        return this;
    }

    /// <summary>Vectors of features, one per row of the whole table.</summary>
    public TableView AddVectors(string name, float[][] vectors, int width)
    {
        _schema.AddColumn(name, new VectorDataViewType(NumberDataViewType.Single, width));
        _getters.Add(cursor => (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) =>
        {
            // Consumers may change the buffer they are given, so the row is copied into theirs.
            var editor = VBufferEditor.Create(ref value, width);
            vectors[cursor.Row].CopyTo(editor.Values);
            value = editor.Commit();
        }));
        return this;
    }

    public long? GetRowCount() => _rows.Length;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) => new Cursor(this, columnsNeeded);

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) => [GetRowCursor(columnsNeeded, rand)];

    private TableView Add<T>(string name, DataViewType type, Func<int, T> values)
    {
        _schema.AddColumn(name, type);
        _getters.Add(cursor => (ValueGetter<T>)((ref T value) => value = values(cursor.Row)));
        return this;
    }

    private sealed class Cursor : DataViewRowCursor
    {
        private readonly TableView _view;
        private readonly bool[] _active;
        private long _position = -1;

        public Cursor(TableView view, IEnumerable<DataViewSchema.Column> needed)
        {
            _view = view;
            _active = new bool[view.Schema.Count];
            foreach (var column in needed) _active[column.Index] = true;
        }

        public int Row => _view._rows[_position];

        public override DataViewSchema Schema => _view.Schema;

        public override long Position => _position;

        public override long Batch => 0;

        public override bool IsColumnActive(DataViewSchema.Column column) => _active[column.Index];

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) =>
            _view._getters[column.Index](this) as ValueGetter<TValue>
            ?? throw new InvalidOperationException($"Column '{column.Name}' is of type {column.Type}, not {typeof(TValue)}.");

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId value) => value = new DataViewRowId((ulong)_position, 0);

        public override bool MoveNext()
        {
            if (_position >= _view._rows.Length - 1)
            {
                _position = _view._rows.Length;
                return false;
            }

            _position++;
            return true;
        }
    }
}
