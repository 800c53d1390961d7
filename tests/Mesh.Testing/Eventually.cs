using System.Diagnostics;
using Shouldly;

namespace Mesh.Testing;

/// <summary>Waits on conditions instead of sleeping.</summary>
public static class Eventually
{
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(15);

    /// <summary>Returns as soon as the assertions hold; when they still fail after the timeout, throws what they threw last.</summary>
    public static async Task Holds(Func<Task> assertions, TimeSpan? timeout = null, CancellationToken ct = default)
    {
        var limit = timeout ?? DefaultTimeout;
        var pause = TimeSpan.FromMilliseconds(10);
        var waited = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                await assertions();
                return;
            }
            catch (Exception e) when (e is not OperationCanceledException || !ct.IsCancellationRequested)
            {
                if (waited.Elapsed > limit)
                {
                    throw new TimeoutException($"This did not hold within {limit.TotalSeconds:0.#} s: {e.Message}", e);
                }
            }

            await Task.Delay(pause, ct);
            pause = pause * 2 < TimeSpan.FromMilliseconds(250) ? pause * 2 : TimeSpan.FromMilliseconds(250);
        }
    }

    /// <summary>Returns as soon as the condition is true.</summary>
    public static Task Holds(Func<Task<bool>> condition, TimeSpan? timeout = null, CancellationToken ct = default) =>
        Holds(async () => (await condition()).ShouldBeTrue(), timeout, ct);

    /// <summary>Returns as soon as the assertions hold.</summary>
    public static Task Holds(Action assertions, TimeSpan? timeout = null, CancellationToken ct = default) =>
        Holds(
            () =>
            {
                assertions();
                return Task.CompletedTask;
            },
            timeout,
            ct);

    /// <summary>Asks until the answer is not null, and returns it.</summary>
    public static async Task<T> Answers<T>(Func<Task<T?>> question, TimeSpan? timeout = null, CancellationToken ct = default)
        where T : class
    {
        T? answer = null;
        await Holds(async () => (answer = await question()).ShouldNotBeNull(), timeout, ct);
        return answer!;
    }
}
