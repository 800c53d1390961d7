using System.Buffers.Text;
using System.Runtime.InteropServices;

namespace Mesh.Functions.Execution;

/// <summary>Reads the small files of a process in <c>/proc</c>, into memory of the caller: there are hundreds of them, and one whose process has gone away is no exception.</summary>
internal static class ProcFile
{
    private const int CloseOnExec = 0x80000;
    private const int PathBytes = 48;

    private static ReadOnlySpan<byte> Root => "/proc/"u8;

    /// <summary>Reads the beginning of a file.</summary>
    /// <param name="id">The process.</param>
    /// <param name="name">Name of the file, such as <c>stat</c>.</param>
    /// <param name="bytes">Takes it.</param>
    /// <returns>How much was read; -1 if it cannot be.</returns>
    public static int Read(int id, ReadOnlySpan<byte> name, Span<byte> bytes)
    {
        Span<byte> path = stackalloc byte[PathBytes];
        path.Clear();
        Root.CopyTo(path);
        Utf8Formatter.TryFormat(id, path[Root.Length..], out var digits);
        path[Root.Length + digits] = (byte)'/';
        name.CopyTo(path[(Root.Length + digits + 1)..]);
        var descriptor = Open(ref MemoryMarshal.GetReference(path), CloseOnExec);
        if (descriptor < 0) return -1;
        var all = 0;
        while (all < bytes.Length)
        {
            var count = (int)Read(descriptor, ref bytes[all], (nuint)(bytes.Length - all));
            if (count < 0) all = -1;
            if (count <= 0) break;
            all += count;
        }

        _ = Close(descriptor);
        return all;
    }

    [DllImport("libc", EntryPoint = "open")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open(ref byte path, int flags);

    [DllImport("libc", EntryPoint = "read")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint Read(int descriptor, ref byte bytes, nuint count);

    [DllImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Close(int descriptor);
}
