using Microsoft.AspNetCore.Builder;

namespace Mesh.Hosting;

/// <summary>Runs one service as a process of its own.</summary>
public static class MeshHost
{
    /// <summary>Reads the configuration, makes the schema, serves until SIGTERM, drains.</summary>
    /// <exception cref="InvalidOperationException">The configuration is not usable; the message names the keys.</exception>
    public static async Task RunAsync(ServiceModule module, string[] args)
    {
        var builder = WebApplication.CreateSlimBuilder(args);
        var options = MeshOptions.Read(builder.Configuration);
        builder.AddMeshProcess(module.Name, options);
        builder.AddMeshModules(options, module);
        await using var app = builder.Build();
        app.UseMeshModules();
        await app.PrepareMeshAsync();
        await app.RunAsync();
    }
}
