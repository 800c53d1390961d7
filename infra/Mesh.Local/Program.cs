using Mesh.Local;

return await LocalMesh.RunAsync(args);
