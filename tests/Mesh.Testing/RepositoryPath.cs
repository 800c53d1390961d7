namespace Mesh.Testing;

/// <summary>Paths of files of the repository, for tests that read what is written there.</summary>
public static class RepositoryPath
{
    /// <summary>The folder of <c>Mesh.sln</c>.</summary>
    public static string Root { get; } = Find(AppContext.BaseDirectory);

    /// <summary>The absolute path of a file or folder, given from the root.</summary>
    public static string Of(string relative) => Path.Combine(Root, relative);

    private static string Find(string start)
    {
        for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Mesh.sln"))) return folder.FullName;
        }

        throw new DirectoryNotFoundException($"There is no Mesh.sln above {start}.");
    }
}
