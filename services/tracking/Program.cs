using Mesh.Tracking;

await Mesh.Hosting.MeshHost.RunAsync(new TrackingService(), args);
