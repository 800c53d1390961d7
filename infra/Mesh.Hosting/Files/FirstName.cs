using System.Runtime.InteropServices;

namespace Mesh.Hosting.Files;

/// <summary>Gives a file a name that no file has yet: of several who try at once, one succeeds. .NET looks first and renames then, and another's file that came in between is gone.</summary>
public static partial class FirstName
{
    private const int Exists = 17;

    /// <summary>Gives a file this name, by <c>link(2)</c>; where a file system has no links, by a rename.</summary>
    /// <returns>False if there is a file of that name.</returns>
    /// <exception cref="IOException">The name cannot be given.</exception>
    public static bool TryTake(string file, string name)
    {
        if (OperatingSystem.IsWindows()) return TryMove(file, name);
        if (Link(file, name) == 0) return true;
        return Marshal.GetLastPInvokeError() != Exists && TryMove(file, name);
    }

    // Windows itself refuses to rename over another file.
    private static bool TryMove(string file, string name)
    {
        try
        {
            File.Move(file, name, overwrite: false);
            return true;
        }
        catch (IOException) when (File.Exists(name))
        {
            return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string existing, string name);
}
