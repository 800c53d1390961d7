namespace Mesh.Local;

/// <summary>One mesh at a time on a data folder. The lock ends with the process, however that ends.</summary>
internal static class DataLock
{
    /// <exception cref="InvalidOperationException">Another mesh runs on the folder.</exception>
    public static async Task<IDisposable> TakeAsync(string data, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return new FileStream(Path.Combine(data, ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (attempt < 5)
            {
                // `mesh status` looks whether the lock is taken by taking it for a moment.
                await Task.Delay(100, ct);
            }
            catch (IOException)
            {
                throw new InvalidOperationException($"A mesh is running on {data} already. See `mesh status`, or give another folder by --data.");
            }
        }
    }
}
