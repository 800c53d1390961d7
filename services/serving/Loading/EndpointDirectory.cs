namespace Mesh.Serving.Loading;

/// <summary>Finds what a request asks for, with patience for what is only just coming.</summary>
internal sealed class EndpointDirectory(EndpointTable table, EndpointLoader loader, ServingOptions options, TimeProvider clock)
{
    /// <summary>The endpoint, if this replica has it in its table.</summary>
    public EndpointSlot? Find(EndpointKey key) => table.Find(key) is { IsRemoved: false } slot ? slot : null;

    /// <summary>The endpoint, looked for in the store too: another replica may have deployed it a moment ago. Null when there is none.</summary>
    public async Task<EndpointSlot?> AwaitAsync(EndpointKey key, CancellationToken ct)
    {
        await WaitAsync(table.Listed, ct);
        return Find(key) ?? await loader.LookUpAsync(key, ct);
    }

    /// <summary>The model of an endpoint that is just loading its first, in use until released; null when it takes too long or failed.</summary>
    public async Task<LoadedModel?> UseLoadedAsync(EndpointSlot slot, CancellationToken ct)
    {
        await WaitAsync(slot.Settled, ct);
        return slot.Use();
    }

    private async Task WaitAsync(Task task, CancellationToken ct)
    {
        if (task.IsCompleted) return;
        try
        {
            await task.WaitAsync(options.LoadWait, clock, ct);
        }
        catch (TimeoutException)
        {
            // The answer says that it is not ready.
        }
    }
}
