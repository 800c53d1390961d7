using Mesh.Functions.Code;

namespace Mesh.Functions.Python;

/// <summary>The helper for Python code, <c>mesh.py</c>: one file without dependencies, which every job finds on its <c>PYTHONPATH</c>.</summary>
internal static class PythonModule
{
    private static readonly Lazy<byte[]> Bytes = new(() =>
    {
        using var stream = typeof(PythonModule).Assembly.GetManifestResourceStream("mesh.py")!;
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        return memory.ToArray();
    });

    /// <summary>The file.</summary>
    public static ReadOnlyMemory<byte> Content => Bytes.Value;

    /// <summary>Lays the helper out and puts it behind what the job itself names.</summary>
    public static async Task LayOutAsync(Staged staged, Dictionary<string, string> variables, CancellationToken ct)
    {
        var folder = staged.OwnPath("python");
        Directory.CreateDirectory(folder);
        await File.WriteAllBytesAsync(Path.Combine(folder, "mesh.py"), Bytes.Value, ct);
        variables["PYTHONPATH"] = variables.TryGetValue("PYTHONPATH", out var declared) && declared.Length > 0 ? $"{declared}{Path.PathSeparator}{folder}" : folder;
    }
}
