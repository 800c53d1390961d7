using Mesh.Benchmarks.Load;
using Mesh.Testing;

namespace Mesh.Benchmarks.Figures;

/// <summary>A warm <c>./mesh up --detach</c> to the first 200 through the gateway, and what everything weighs at rest.</summary>
internal static class StartUp
{
    public static async Task<IReadOnlyList<Figure>> MeasureAsync(string data)
    {
        var launcher = new Launcher(RepositoryPath.Root);
        await using (await DetachedMesh.UpAsync(launcher, data))
        {
            // The first start makes the database and builds what changed; the figure is about the second.
        }

        await using var mesh = await DetachedMesh.UpAsync(launcher, data);
        // At rest: what the start left behind is collected, and the daemons poll.
        await Task.Delay(TimeSpan.FromSeconds(10));
        return [Figure.Below("warm start to the first 200", mesh.Took.TotalSeconds, 6, "s"), Figure.Below("idle memory, PostgreSQL included", MeshMemory.Weigh(data), 400, "MB")];
    }
}
