using Mesh.Artifacts;

await Mesh.Hosting.MeshHost.RunAsync(new ArtifactsService(), args);
