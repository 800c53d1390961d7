using Mesh.Cli.Terminal;

namespace Mesh.Cli.Artifacts;

/// <summary>Moves files to and from the mesh, and says how far they are.</summary>
internal static class Transfer
{
    /// <summary>Hands a file to <paramref name="send"/>, which reads it for its digest first and then sends it.</summary>
    public static Task<T> UploadAsync<T>(Output output, string path, Func<Stream, Task<T>> send) => output.WorkingAsync("Uploading", async say =>
    {
        await using var file = new FileStream(path, new FileStreamOptions { Options = FileOptions.Asynchronous | FileOptions.SequentialScan });
        var size = file.Length;
        return await send(new CountedStream(file, (at, rewinds) => say(rewinds == 0 ? $"checking {Share(at, size)}" : Progress(at, size))));
    });

    /// <summary>Lets <paramref name="receive"/> fill a file, which appears only once it is whole.</summary>
    public static Task DownloadAsync(Output output, string path, long size, Func<Stream, Task> receive) => output.WorkingAsync("Downloading", async say =>
    {
        var partial = $"{path}.{Guid.CreateVersion7():N}.partial";
        try
        {
            await using (var file = new FileStream(partial, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Options = FileOptions.Asynchronous }))
            {
                await receive(new CountedStream(file, (at, _) => say(Progress(at, size))));
            }

            File.Move(partial, path, overwrite: true);
            return path;
        }
        finally
        {
            File.Delete(partial);
        }
    });

    private static string Progress(long at, long size) => $"{Figures.Size(at)} of {Figures.Size(size)}, {Share(at, size)}";

    private static string Share(long at, long size) => Figures.Percent(size == 0 ? 1 : (double)at / size);
}
