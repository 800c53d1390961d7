using Mesh.Cli;

return await MeshCommand.RunAsync(args);
