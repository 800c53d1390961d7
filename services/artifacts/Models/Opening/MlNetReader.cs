using System.IO.Compression;
using Mesh.Contracts.Artifacts;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers.FastTree;
using Microsoft.ML.Trainers.LightGbm;

namespace Mesh.Artifacts.Models.Opening;

/// <summary>Reads what a model that ML.NET saved as a zip says of itself: its schemas, and which columns its outputs need.</summary>
internal static class MlNetReader
{
    // It is unpacked into memory as a whole.
    private const long MaxUnpacked = 2L << 30;

    /// <summary>Reads a file; its inputs are the columns that the outputs of the signature need.</summary>
    /// <exception cref="ModelFileException">It is not one, it is damaged, or it does not give what the signature says.</exception>
    public static ModelFile Read(Stream content, ModelSignature signature)
    {
        CheckUnpackedSize(content);
        var context = new MLContext();
        context.ComponentCatalog.RegisterAssembly(typeof(FastTreeBinaryTrainer).Assembly);
        context.ComponentCatalog.RegisterAssembly(typeof(LightGbmBinaryTrainer).Assembly);
        content.Position = 0;
        ITransformer model;
        DataViewSchema? schema;
        try
        {
            model = context.Model.Load(content, out schema);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw new ModelFileException($"ML.NET cannot load it: {e.Message}");
        }

        try
        {
            return Describe(model, schema, signature);
        }
        finally
        {
            (model as IDisposable)?.Dispose();
        }
    }

    private static ModelFile Describe(ITransformer model, DataViewSchema? schema, ModelSignature signature)
    {
        if (schema is null) throw new ModelFileException("It was saved without its input schema.");
        if (!model.IsRowToRowMapper) throw new ModelFileException("It does not map row to row, so it cannot answer for single rows.");
        var mapper = model.GetRowToRowMapper(schema);
        foreach (var output in signature.Outputs)
        {
            if (mapper.OutputSchema.GetColumnOrNull(output.Name) is null)
                throw new ModelFileException($"The signature names the output '{output.Name}', which the model does not give.");
        }

        var needed = mapper.GetDependencies(signature.Outputs.Select(output => mapper.OutputSchema[output.Name])).Select(column => Tensor(column));
        return new ModelFile(
            "mlnet", "ML.NET", null, (model as IEnumerable<ITransformer>)?.Count() ?? 1, null, [.. needed],
            [.. signature.Outputs.Select(output => Tensor(mapper.OutputSchema[output.Name]))]);
    }

    private static void CheckUnpackedSize(Stream content)
    {
        try
        {
            using var archive = new ZipArchive(content, ZipArchiveMode.Read, leaveOpen: true);
            if (archive.Entries.Sum(entry => entry.Length) > MaxUnpacked) throw new ModelFileException("Unpacked it has more than 2 GiB, more than can be loaded.");
        }
        catch (InvalidDataException)
        {
            throw new ModelFileException("It is no zip, which a model of ML.NET is, or a damaged one.");
        }
    }

    private static FileTensor Tensor(DataViewSchema.Column column) => column.Type is VectorDataViewType vector
        ? new FileTensor(column.Name, NameOf(vector.ItemType), vector.Dimensions.Length == 0 ? [-1] : [.. vector.Dimensions.Select(length => length == 0 ? -1L : length)])
        : new FileTensor(column.Name, NameOf(column.Type), []);

    private static string NameOf(DataViewType type) => type switch
    {
        NumberDataViewType number when number == NumberDataViewType.Single => "float",
        NumberDataViewType number when number == NumberDataViewType.Double => "double",
        NumberDataViewType number => number.RawType.Name.ToLowerInvariant(),
        BooleanDataViewType => "bool",
        TextDataViewType => "string",
        KeyDataViewType => "key",
        _ => type.ToString()!.ToLowerInvariant(),
    };
}
