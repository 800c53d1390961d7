using Mesh.Functions;
using Mesh.Functions.Kubernetes;

if (PodProgram.Is(args)) return await PodProgram.RunAsync(args);
await Mesh.Hosting.MeshHost.RunAsync(new FunctionsService(), args);
return 0;
