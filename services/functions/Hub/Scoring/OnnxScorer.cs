using System.Globalization;
using Mesh.Contracts.Artifacts;
using Mesh.Hub.Running;
using Mesh.Hub.Tables;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Mesh.Hub.Scoring;

/// <summary>
/// A model in ONNX. A scalar input takes the column of its name. An input that is a vector of n takes the columns <c>name.0</c> to <c>name.n-1</c>, or else,
/// where it is the only input, all numeric columns of the table in their order, the target left out. Where the graph takes one matrix and the signature
/// names scalar columns, these are the matrix's columns in their order.
/// </summary>
internal sealed class OnnxScorer : IModelScorer
{
    private const int BatchRows = 4096;

    private readonly InferenceSession _session;
    private readonly ModelSignature _signature;
    private readonly string? _target;
    private readonly bool _isMatrix;

    /// <param name="target">Column that is never an input.</param>
    /// <exception cref="HubFailure">The file is no model, or is not what its signature says.</exception>
    public OnnxScorer(string path, ModelSignature signature, string? target)
    {
        try
        {
            _session = new InferenceSession(path);
        }
        catch (OnnxRuntimeException e)
        {
            throw new HubFailure($"The model's file cannot be loaded by ONNX Runtime: {e.Message.ReplaceLineEndings(" ").TrimEnd('.')}.");
        }

        (_signature, _target) = (signature, target);
        _isMatrix = _session.InputMetadata.Count == 1 && signature.Inputs.All(i => i.Shape is not { Count: > 0 })
            && (signature.Inputs.Count > 1 || !_session.InputMetadata.ContainsKey(signature.Inputs[0].Name));
        foreach (var column in signature.Inputs.Where(c => !_isMatrix && !_session.InputMetadata.ContainsKey(c.Name)))
            throw new HubFailure($"The model has no input '{column.Name}', though its signature says so; it has {Table.Enumerate(_session.InputMetadata.Keys)}.");
        foreach (var column in signature.Outputs.Where(c => !_session.OutputMetadata.ContainsKey(c.Name)))
            throw new HubFailure($"The model has no output '{column.Name}', though its signature says so; it has {Table.Enumerate(_session.OutputMetadata.Keys)}.");
    }

    public IReadOnlyList<ModelOutput> Score(Table table, IReadOnlyList<int> rows)
    {
        List<(string Input, TableColumn[] Columns)> sources = _isMatrix
            ? [(_session.InputMetadata.Keys.First(), [.. _signature.Inputs.Select(i => table.Column(i.Name, "an input of the model"))])]
            : [.. _signature.Inputs.Select(i => (i.Name, ColumnsOf(i, table)))];
        var fixedRows = _session.InputMetadata.Values.Select(m => m.Dimensions is [> 0, ..] ? m.Dimensions[0] : 0).Max();
        var batches = rows.Chunk(fixedRows > 0 ? fixedRows : BatchRows).Select(batch => ScoreBatch(sources, batch, fixedRows)).ToList();
        return [.. _signature.Outputs.Select((output, i) => new ModelOutput(
            output.Name,
            batches.All(b => b[i].Texts is not null) ? [.. batches.SelectMany(b => b[i].Texts!)] : null,
            batches.All(b => b[i].Numbers is not null) ? [.. batches.SelectMany(b => b[i].Numbers!)] : null))];
    }

    public void Dispose() => _session.Dispose();

    /// <param name="fixedRows">Rows that the graph takes at a time; 0 for any number.</param>
    private List<ModelOutput> ScoreBatch(List<(string Input, TableColumn[] Columns)> sources, int[] rows, int fixedRows)
    {
        // The last batch may be short: it is filled up with its first row, and the surplus is cut off.
        int[] full = rows.Length < fixedRows ? [.. rows, .. Enumerable.Repeat(rows[0], fixedRows - rows.Length)] : rows;
        var inputs = sources.Select(s => InputOf(s.Input, s.Columns, full)).ToList();
        try
        {
            using var results = _session.Run(inputs, [.. _signature.Outputs.Select(o => o.Name)]);
            return [.. results.Select(r => Read(r, full.Length)).Select(o => new ModelOutput(o.Name, o.Texts?[..rows.Length], o.Numbers?[..rows.Length]))];
        }
        catch (OnnxRuntimeException e)
        {
            throw new HubFailure($"The model could not score the rows: {e.Message.ReplaceLineEndings(" ").TrimEnd('.')}.");
        }
    }

    private TableColumn[] ColumnsOf(Column input, Table table)
    {
        var width = Width(input);
        if (width == 1 && table.Find(input.Name) is { } single) return [single];
        if (width == 1 && _signature.Inputs.Count > 1) return [table.Column(input.Name, "an input of the model")];
        var named = Enumerable.Range(0, width).Select(i => table.Find($"{input.Name}.{i}")).OfType<TableColumn>().ToArray();
        if (named.Length == width) return named;
        var numeric = table.Columns.Where(c => c.Numbers is not null && c.Name != _target).ToArray();
        if (_signature.Inputs.Count == 1 && numeric.Length == width) return numeric;
        throw new HubFailure(
            $"The model's input '{input.Name}' takes {width} numbers: {table.Name} has {named.Length} columns of the names '{input.Name}.0' and on, and {numeric.Length} numeric columns.");
    }

    private NamedOnnxValue InputOf(string name, TableColumn[] columns, int[] rows)
    {
        var metadata = _session.InputMetadata[name];
        // A scalar is a column matrix for some exporters and a plain list for others: the model itself says which.
        int[] shape = metadata.Dimensions.Length <= 1 ? [rows.Length] : [rows.Length, columns.Length];
        return metadata.ElementDataType switch
        {
            TensorElementType.Float => Make(Single),
            TensorElementType.Double => Make(Number),
            TensorElementType.Int64 => Make((c, r) => Whole(c, r)),
            TensorElementType.Int32 => Make((c, r) => (int)Whole(c, r)),
            TensorElementType.Bool => Make((c, r) => c.TextAt(r).ToLowerInvariant() is "true" or "1" or "yes" or "t" or "y"),
            TensorElementType.String => Make((c, r) => c.TextAt(r)),
            var other => throw new HubFailure($"The model's input '{name}' is of type {other}, which a table cannot fill."),
        };

        NamedOnnxValue Make<T>(Func<TableColumn, int, T> value)
        {
            var data = new T[rows.Length * columns.Length];
            for (var r = 0; r < rows.Length; r++)
                for (var c = 0; c < columns.Length; c++) data[(r * columns.Length) + c] = value(columns[c], rows[r]);
            return NamedOnnxValue.CreateFromTensor(name, new DenseTensor<T>(data, shape));
        }
    }

    private static long Whole(TableColumn column, int row) => Number(column, row) is var number && !double.IsNaN(number)
        ? (long)number
        : throw new HubFailure($"The column '{column.Name}' has no value in row {row + 1}, and the model takes whole numbers only.");

    private static float Single(TableColumn column, int row) => (float)Number(column, row) is var number && float.IsInfinity(number)
        ? throw new HubFailure($"The column '{column.Name}' holds {column.TextAt(row)} in row {row + 1}, and the model takes numbers up to 3.4e38 only.")
        : number;

    private static double Number(TableColumn column, int row) => column.Numbers is { } numbers
        ? numbers[row]
        : throw new HubFailure($"The column '{column.Name}' must hold numbers for this model, and holds '{column.TextAt(row)}'.");

    private static ModelOutput Read(DisposableNamedOnnxValue value, int rows) => value.Value switch
    {
        Tensor<float> t => Numbers(value.Name, t, rows, v => v),
        Tensor<double> t => Numbers(value.Name, t, rows, v => (float)v),
        Tensor<int> t => Texts(value.Name, t, rows, v => v.ToString(CultureInfo.InvariantCulture)),
        Tensor<long> t => Texts(value.Name, t, rows, v => v.ToString(CultureInfo.InvariantCulture)),
        Tensor<bool> t => Texts(value.Name, t, rows, v => v ? "true" : "false"),
        Tensor<string> t => Texts(value.Name, t, rows, v => v),
        _ => throw new HubFailure($"The model's output '{value.Name}' is no tensor of numbers or texts; export the model without maps (in skl2onnx: zipmap=False)."),
    };

    private static ModelOutput Numbers<T>(string name, Tensor<T> tensor, int rows, Func<T, float> convert)
    {
        var width = WidthOf(name, tensor, rows);
        var values = tensor.ToArray();
        return new ModelOutput(name, null, [.. Enumerable.Range(0, rows).Select(r => Array.ConvertAll(values[(r * width)..((r + 1) * width)], v => convert(v)))]);
    }

    private static ModelOutput Texts<T>(string name, Tensor<T> tensor, int rows, Func<T, string> convert) => WidthOf(name, tensor, rows) == 1
        ? new ModelOutput(name, [.. tensor.ToArray().Select(convert)], null)
        : throw new HubFailure($"The model's output '{name}' has several values a row; only numbers may.");

    private static int WidthOf<T>(string name, Tensor<T> tensor, int rows) => tensor.Length > 0 && tensor.Length % rows == 0
        ? (int)(tensor.Length / rows)
        : throw new HubFailure($"The model's output '{name}' has {tensor.Length} values for {rows} rows.");

    private static int Width(Column input)
    {
        var width = (input.Shape ?? []).Aggregate(1L, (product, size) => product * size);
        return width is >= 1 and <= 100_000 ? (int)width : throw new HubFailure($"The model's input '{input.Name}' has no fixed width, so the columns for it cannot be told.");
    }
}
