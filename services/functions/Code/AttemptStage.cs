using Mesh.Client;
using Mesh.Functions.Dotnet;
using Mesh.Functions.Environments;
using Mesh.Functions.Execution;
using Mesh.Functions.Inputs;
using Mesh.Functions.Outputs;
using Mesh.Functions.Python;
using Mesh.Functions.Queue;
using Microsoft.Extensions.Options;

namespace Mesh.Functions.Code;

/// <summary>What is around the process of an attempt: its code, inputs and packages before it starts, its outputs when it has ended well.</summary>
internal sealed class AttemptStage(
    CodeStage code, InputStage inputs, VirtualEnvironments environments, OutputKeeper outputs, IOptions<FunctionsOptions> options)
{
    /// <summary>Makes an attempt ready, runs it, and keeps what it made.</summary>
    /// <param name="run">Runs the process with these variables.</param>
    /// <returns>How it ended; null when it was stopped. What cannot be made ready is an end without an exit code.</returns>
    public async Task<ExecutionEnd?> RunAsync(Staged staged, Func<IReadOnlyDictionary<string, string>, Task<ExecutionEnd?>> run, CancellationToken stop)
    {
        var variables = new Dictionary<string, string>(staged.Environment, StringComparer.Ordinal);
        IDisposable? environment = null;
        if (await TryAsync(async () => environment = await PrepareAsync(staged, variables, stop), stop) is { } end) return end.End;
        // The environment of packages is held while the process runs.
        using var held = environment;
        return await KeepAsync(staged, await run(variables), stop);
    }

    /// <summary>Goes on with an attempt that another worker has made ready and run, and keeps what it made.</summary>
    public async Task<ExecutionEnd?> ResumeAsync(Staged staged, Func<IReadOnlyDictionary<string, string>, Task<ExecutionEnd?>> run, CancellationToken stop)
    {
        using var held = environments.HoldAgain(staged.Environment);
        return await KeepAsync(staged, await run(staged.Environment), stop);
    }

    private async Task<ExecutionEnd?> KeepAsync(Staged staged, ExecutionEnd? ended, CancellationToken stop)
    {
        if (ended is not { IsSuccess: true } || staged.Content?.Outputs is null) return ended;
        return await TryAsync(() => outputs.KeepAsync(staged, stop), stop) is { } fault ? fault.End : ended;
    }

    private async Task<IDisposable?> PrepareAsync(Staged staged, Dictionary<string, string> variables, CancellationToken stop)
    {
        await code.LayOutAsync(staged, stop);
        await inputs.LayOutAsync(staged, variables, stop);
        await PythonModule.LayOutAsync(staged, variables, stop);
        await DotnetFile.RequireAsync(staged, variables, stop);
        await DotnetFile.LayOutAsync(staged, variables, stop);
        await SecretFiles.LayOutAsync(staged.Folder, staged.SecretFiles, variables, options.Value.RunsAs, stop);
        if (options.Value.RunsAs is { } user) await user.OwnAsync(staged.Folder.Work, stop);
        return await environments.UseAsync(staged, variables, stop);
    }

    /// <summary>Null when all went well.</summary>
    private static async Task<Broken?> TryAsync(Func<Task> work, CancellationToken stop)
    {
        try
        {
            await work();
            return null;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return new Broken(null);
        }
        catch (AttemptFailedException e)
        {
            return new Broken(new ExecutionEnd(null, e.Message));
        }
        catch (Exception e) when (e is MeshException or HttpRequestException or IOException or UnauthorizedAccessException)
        {
            return new Broken(new ExecutionEnd(null, $"The worker could not make the attempt ready or keep what it made: {e.Message}"));
        }
    }

    private sealed record Broken(ExecutionEnd? End);
}
