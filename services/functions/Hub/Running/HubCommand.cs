using System.Runtime.InteropServices;
using System.Text.Json;
using Mesh.Client;
using Mesh.Contracts;

namespace Mesh.Hub.Running;

/// <summary>
/// The command line: <c>mesh-hub list --json</c> prints the catalogue, <c>mesh-hub run &lt;item&gt;</c> does the work of a job as the environment says.
/// Exit codes: 0 done, 1 the mesh refused or something broke, 2 the caller's fault, 130 ended by a signal, and that of a command which an item ran. The last line
/// of the errors says why.
/// </summary>
internal static class HubCommand
{
    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter errors)
    {
        using var stop = new CancellationTokenSource();
        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }

        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        try
        {
            switch (args)
            {
                case ["list"]:
                    foreach (var item in Catalogue.Items) await output.WriteLineAsync($"{item.Name,-16} {item.Description}");
                    return 0;
                case ["list", "--json"]:
                    await output.WriteLineAsync(JsonSerializer.Serialize(Catalogue.Items, MeshJson.Strict));
                    return 0;
                case ["run", var name]:
                    await RunItemAsync(name, output, errors, stop.Token);
                    return 0;
                default:
                    await errors.WriteLineAsync("usage: mesh-hub list [--json] | mesh-hub run <item>");
                    return 2;
            }
        }
        catch (HubFailure e)
        {
            await errors.WriteLineAsync(e.Message);
            return 2;
        }
        catch (CommandFailure e)
        {
            if (!e.IsSaid) await errors.WriteLineAsync(e.Message);
            return e.Code;
        }
        catch (MeshException e)
        {
            await errors.WriteLineAsync(e.Message.ReplaceLineEndings(" "));
            return 1;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            await errors.WriteLineAsync("Ended by a signal.");
            return 130;
        }
        catch (Exception e) when (e is InsufficientMemoryException or OutOfMemoryException)
        {
            await errors.WriteLineAsync("The data does not fit into the memory of this machine.");
            return 1;
        }
        catch (Exception e)
        {
            // The trace is for whoever mends the hub; the sentence, last, becomes the cause of the run.
            await errors.WriteLineAsync(e.ToString());
            await errors.WriteLineAsync($"The hub broke down: {e.GetBaseException().Message.ReplaceLineEndings(" ")}");
            return 1;
        }
    }

    private static async Task RunItemAsync(string name, TextWriter output, TextWriter errors, CancellationToken ct)
    {
        var runner = Catalogue.Find(name);
        var values = new Parameters(runner.Item, Parameters.FromJson(Environment.GetEnvironmentVariable("MESH_PARAMS")));
        using var client = MeshClient.FromEnvironment();
        if (MeshEnvironment.RunId() is not null)
        {
            await using var run = RunContext.Current(client);
            await runner.RunAsync(new Job(client.Project(), run, values, output) { Errors = errors }, ct);
            return;
        }

        if (client.Options.Project is null) throw new HubFailure("No project is named: set MESH_PROJECT.");
        await RunContext.RunAsync(client, new Contracts.Tracking.CreateRun(name, Kind: "hub"), async run =>
        {
            await runner.RunAsync(new Job(client.Project(), run, values, output) { Errors = errors }, ct);
            return 0;
        }, ct: ct);
    }
}
