namespace Mesh.Local;

/// <summary>Folders that others may pass through but not read.</summary>
internal static class PrivateFolder
{
    // PostgreSQL runs as another user when the mesh runs as root, and its folder is below: passing must be allowed.
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    public static void Create(string path)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
        else Directory.CreateDirectory(path, Mode);
    }
}
