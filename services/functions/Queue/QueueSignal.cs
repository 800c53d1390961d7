namespace Mesh.Functions.Queue;

/// <summary>Wakes those in this process who wait for something to do. Nothing is carried: who wakes looks into the database.</summary>
internal sealed class QueueSignal
{
    private TaskCompletionSource _next = New();

    /// <summary>Ends at the next <see cref="Wake"/>. Take it before looking, so that nothing is missed in between.</summary>
    public Task Next => Volatile.Read(ref _next).Task;

    /// <summary>Wakes all.</summary>
    public void Wake() => Interlocked.Exchange(ref _next, New()).TrySetResult();

    /// <summary>Waits for the signal that was taken, but no longer than <paramref name="most"/>.</summary>
    public static async Task WaitAsync(Task next, TimeSpan most, CancellationToken ct)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(ct);
        await Task.WhenAny(next, Task.Delay(most, limited.Token));
        await limited.CancelAsync();
        ct.ThrowIfCancellationRequested();
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
