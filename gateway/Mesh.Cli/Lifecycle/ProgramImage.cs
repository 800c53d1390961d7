using System.Runtime.InteropServices;

namespace Mesh.Cli.Lifecycle;

/// <summary>Lets this process become another program: same process id, terminal and parent, and none of our memory.</summary>
internal static class ProgramImage
{
    /// <summary>Becomes the program. Returns only where that is not possible.</summary>
    public static void Become(string program, IEnumerable<string> arguments)
    {
        if (OperatingSystem.IsWindows()) return;
        _ = Execute(program, [program, .. arguments, null]);
    }

    // On Unix, LPStr is UTF-8.
    [DllImport("libc", EntryPoint = "execv", SetLastError = true, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Execute(
        [MarshalAs(UnmanagedType.LPStr)] string program, [MarshalAs(UnmanagedType.LPArray, ArraySubType = UnmanagedType.LPStr)] string?[] arguments);
}
