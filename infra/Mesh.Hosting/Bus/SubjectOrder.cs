namespace Mesh.Hosting.Bus;

/// <summary>Lets what concerns one subject go one after the other, in the order in which it came; subjects go side by side. Thread-safe.</summary>
internal sealed class SubjectOrder
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Project, string Subject), Task> _last = [];

    /// <summary>Does the work when all that came before it for the subject is done.</summary>
    /// <exception cref="OperationCanceledException">What came before it was not done: it comes again, and this one after it.</exception>
    public async Task RunAsync(string project, string subject, Func<Task> work)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var key = (project, subject);
        Task? before;
        lock (_gate)
        {
            before = _last.GetValueOrDefault(key);
            _last[key] = done.Task;
        }

        try
        {
            if (before is not null) await before;
            await work();
            done.SetResult();
        }
        finally
        {
            done.TrySetCanceled();
            lock (_gate)
                if (_last.GetValueOrDefault(key) == done.Task) _last.Remove(key);
        }
    }
}
