using System.Runtime.InteropServices;
using Apache.Arrow.C;
using Apache.Arrow.Ipc;
using DuckDB.NET.Data;

namespace Mesh.Artifacts.Datasets;

/// <summary>
/// The batches of an Arrow file as a relation of DuckDB. A stream of batches can be read once, so it is made anew before every query. DuckDB pulls
/// the batches while the query runs: no more than one is in memory.
/// </summary>
internal sealed unsafe partial class ArrowScan(DuckDBConnection connection, string path, bool isStream) : IDisposable
{
    private CArrowArrayStream* _stream;
    private ArrowStreamReader? _reader;

    /// <summary>Makes the relation begin with the first row again.</summary>
    public void Rewind()
    {
        Release();
        try
        {
            Begin();
        }
        catch (Exception e) when (e is not (OutOfMemoryException or FileNotFoundException or DirectoryNotFoundException))
        {
            // The reader meets damage with whatever exception its bytes lead to.
            throw new InvalidDataException($"The Arrow file is damaged or holds types that cannot be read: {e.Message}", e);
        }
    }

    public void Dispose() => Release();

    private void Begin()
    {
        _reader = ArrowCheck.Open(path, isStream);
        // Read here, where an exception is one: DuckDB's side of this call knows none.
        _ = _reader.Schema;
        _stream = CArrowArrayStream.Create();
        CArrowArrayStreamExporter.ExportArrayStream(_reader, _stream);
        if (Scan(connection.NativeConnection.DangerousGetHandle(), DuckSession.Relation, (nint)_stream) != 0)
            throw new InvalidDataException("DuckDB does not read its schema.");
    }

    private void Release()
    {
        if (_stream is not null) CArrowArrayStream.Free(_stream);
        _stream = null;
        _reader?.Dispose();
        _reader = null;
    }

    [LibraryImport("duckdb", EntryPoint = "duckdb_arrow_scan", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.AssemblyDirectory | DllImportSearchPath.SafeDirectories)]
    private static partial int Scan(nint connection, string name, nint stream);
}
