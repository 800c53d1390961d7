using Mesh.Functions;

await Mesh.Hosting.MeshHost.RunAsync(new FunctionsService(), args);
