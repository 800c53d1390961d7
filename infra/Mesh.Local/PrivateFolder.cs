namespace Mesh.Local;

/// <summary>Folders that are closed to other users.</summary>
internal static class PrivateFolder
{
    private const UnixFileMode Own = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Makes a folder that only its owner may enter, and closes one that was open.</summary>
    public static void Create(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
            return;
        }

        Directory.CreateDirectory(path, Own);
        if (File.GetUnixFileMode(path) != Own) File.SetUnixFileMode(path, Own);
    }

    /// <summary>
    /// Makes a folder that others may pass through but not read: PostgreSQL runs as another user when the mesh runs as root, and its folder is below.
    /// One that is there already stays as it is, for it may be anybody's.
    /// </summary>
    public static void CreatePassable(string path)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
        else Directory.CreateDirectory(path, Own | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
    }
}
