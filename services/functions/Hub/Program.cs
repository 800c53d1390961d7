using Mesh.Hub.Running;

return await HubCommand.RunAsync(args, Console.Out, Console.Error);
