namespace Mesh.Local;

/// <summary>One mesh at a time on a data folder. The lock ends with the process, however that ends.</summary>
internal static class DataLock
{
    /// <exception cref="InvalidOperationException">Another mesh runs on the folder.</exception>
    public static IDisposable Take(string data)
    {
        try
        {
            return new FileStream(Path.Combine(data, ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            throw new InvalidOperationException($"A mesh is running on {data} already. See `mesh status`, or give another folder by --data.");
        }
    }
}
