using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Mesh.Hosting.Files;

/// <summary>Opens files that somebody else has put there. .NET would wait for ever at a pipe that nobody writes to; this asks the C library not to wait, and to follow no link.</summary>
public static partial class PlainFile
{
    /// <summary>Opens a path without links for reading; null when it cannot be opened. What is no plain file, but a pipe or a socket, cannot seek.</summary>
    public static FileStream? TryOpen(string path)
    {
        if (!OperatingSystem.IsLinux()) return TryOpenElsewhere(path);
        const int Flags = 0x800 /* O_NONBLOCK */ | 0x80000 /* O_CLOEXEC */;
        var handle = new SafeFileHandle(Open(path, Flags | NoFollow), ownsHandle: true);
        if (!handle.IsInvalid) return new FileStream(handle, FileAccess.Read, bufferSize: 0, isAsync: false);
        handle.Dispose();
        return null;
    }

    // The number of this flag is another one on ARM.
    private static int NoFollow => RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm ? 0x8000 : 0x20000;

    private static FileStream? TryOpenElsewhere(string path)
    {
        try
        {
            return new FileStream(path, new FileStreamOptions { Share = FileShare.ReadWrite | FileShare.Delete, BufferSize = 0 });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);
}
