using Mesh.Monitoring;

await Mesh.Hosting.MeshHost.RunAsync(new MonitoringService(), args);
