using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Mesh.Functions.Execution;

/// <summary>Calls of the Linux kernel for named pipes, which .NET has no own ones for: <c>mkfifo(3)</c>, <c>open(2)</c>, <c>poll(2)</c>, <c>read(2)</c>.</summary>
internal static class Native
{
    /// <summary>Something can be read.</summary>
    public const short Readable = 0x1;

    /// <summary>Nobody holds the other end any more; there may still be something to read.</summary>
    public const short HungUp = 0x10;

    private const int NonBlocking = 0x800;
    private const int CloseOnExec = 0x80000;
    private const int SetPipeSize = 1031;
    private const int PipeBytes = 256 * 1024;
    private const int Interrupted = 4;
    private const int TryAgain = 11;

    /// <summary>Makes a named pipe that only this user can open.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    public static void MakePipe(string path)
    {
        if (MkFifo(path, 0b110_000_000) != 0) throw Failure($"The pipe '{path}' could not be made");
    }

    /// <summary>Opens a pipe for reading, whether or not anybody writes to it.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public static SafeFileHandle OpenPipe(string path)
    {
        var descriptor = Open(path, NonBlocking | CloseOnExec);
        if (descriptor < 0) throw Failure($"The pipe '{path}' could not be opened");
        // Room for what is printed while nobody reads. Where it is refused, the usual 64 KiB must do.
        _ = Control(descriptor, SetPipeSize, PipeBytes);
        return new SafeFileHandle(descriptor, ownsHandle: true);
    }

    /// <summary>A counter that another thread can raise to wake one that polls.</summary>
    public static SafeFileHandle OpenBell()
    {
        var descriptor = EventFd(0, NonBlocking | CloseOnExec);
        return descriptor < 0 ? throw Failure("An event descriptor could not be made") : new SafeFileHandle(descriptor, ownsHandle: true);
    }

    /// <summary>Raises such a counter.</summary>
    public static void Ring(SafeFileHandle bell)
    {
        var one = 1L;
        _ = Write(bell, ref one, sizeof(long));
    }

    /// <summary>Waits until one of them has news, for at most so many milliseconds; -1 for ever.</summary>
    public static void Wait(Span<PollEntry> entries, int milliseconds)
    {
        if (Poll(ref MemoryMarshal.GetReference(entries), (nuint)entries.Length, milliseconds) < 0 && Marshal.GetLastPInvokeError() != Interrupted)
            throw Failure("The pipes of a process could not be watched");
    }

    /// <summary>Reads what is there; 0 at the end, -1 when there is nothing now.</summary>
    public static int Read(SafeFileHandle pipe, Span<byte> bytes)
    {
        var count = Read(pipe, ref MemoryMarshal.GetReference(bytes), (nuint)bytes.Length);
        if (count >= 0) return (int)count;
        return Marshal.GetLastPInvokeError() is TryAgain or Interrupted ? -1 : throw Failure("A pipe of a process could not be read");
    }

    private static IOException Failure(string what) => new($"{what}: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");

    [DllImport("libc", EntryPoint = "mkfifo", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int MkFifo([MarshalAs(UnmanagedType.LPUTF8Str)] string path, uint mode);

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Control(int descriptor, int command, int value);

    [DllImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int EventFd(uint first, int flags);

    [DllImport("libc", EntryPoint = "poll", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Poll(ref PollEntry entries, nuint count, int milliseconds);

    [DllImport("libc", EntryPoint = "read", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint Read(SafeFileHandle descriptor, ref byte bytes, nuint count);

    [DllImport("libc", EntryPoint = "write", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint Write(SafeFileHandle descriptor, ref long value, nuint count);
}

/// <summary>What <c>poll(2)</c> watches: a descriptor (below 0: none), what is asked of it, and what has come.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PollEntry
{
    public int Descriptor;
    public short Asked;
    public short Came;
}
