await Mesh.Gateway.GatewayHost.RunAsync(args);
