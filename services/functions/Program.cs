if (Mesh.Functions.Kubernetes.PodProgram.Is(args)) Environment.ExitCode = await Mesh.Functions.Kubernetes.PodProgram.RunAsync(args);
else await Mesh.Hosting.MeshHost.RunAsync(new Mesh.Functions.FunctionsService(), args);
