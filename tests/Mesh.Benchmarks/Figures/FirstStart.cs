using System.Diagnostics;
using Mesh.Benchmarks.Load;
using Mesh.Postgres;
using Mesh.Testing;

namespace Mesh.Benchmarks.Figures;

/// <summary>
/// From a fresh clone to the first 200: the build of everything, PostgreSQL's binaries and the new database. Packages come from the caches of NuGet
/// and npm where they have been downloaded before.
/// </summary>
internal static class FirstStart
{
    public static async Task<Figure> MeasureAsync(string folder)
    {
        var clone = await Launcher.CloneAsync(RepositoryPath.Root, Path.Combine(folder, "clone"));
        // The mesh takes the binaries that this machine unpacked before: they are unpacked again, beside them.
        var started = Stopwatch.GetTimestamp();
        await PostgresBinaries.FindAsync(new PostgresOptions { DataDirectory = Path.Combine(folder, "postgres"), CacheDirectory = Path.Combine(folder, "cache") });
        var unpacked = Stopwatch.GetElapsedTime(started);
        await using var mesh = await DetachedMesh.UpAsync(clone, Path.Combine(folder, "data"));
        return Figure.Below("first start of a fresh clone to the first 200", (unpacked + mesh.Took).TotalSeconds, 60, "s");
    }
}
