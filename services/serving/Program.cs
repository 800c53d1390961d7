using Mesh.Serving;

await Mesh.Hosting.MeshHost.RunAsync(new ServingService(), args);
