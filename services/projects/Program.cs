using Mesh.Projects;

await Mesh.Hosting.MeshHost.RunAsync(new ProjectsService(), args);
