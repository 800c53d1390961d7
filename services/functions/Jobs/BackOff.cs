using Mesh.Contracts.Functions;

namespace Mesh.Functions.Jobs;

/// <summary>
/// How long to wait before the next attempt: <paramref name="First"/>, times <paramref name="Factor"/> with each attempt, up to <paramref name="Most"/>. A part
/// of it, <paramref name="Spread"/>, is drawn and the rest is certain, so that jobs that failed together do not come back together.
/// </summary>
/// <param name="First">Wait after the first attempt.</param>
/// <param name="Most">Longest wait.</param>
/// <param name="Jitter">The draw, 0 to 1: given from outside, so that decisions stay pure.</param>
/// <param name="Factor">By what it grows.</param>
/// <param name="Spread">The part that is drawn, 0 to 1.</param>
public readonly record struct BackOff(TimeSpan First, TimeSpan Most, double Jitter, double Factor = 2, double Spread = 0.5)
{
    /// <summary>The same with what a job says of its own.</summary>
    public BackOff With(RetryWait? own) => own is null ? this : this with
    {
        First = own.FirstSeconds is { } first ? TimeSpan.FromSeconds(first) : First,
        Most = own.MostSeconds is { } most ? TimeSpan.FromSeconds(most) : Most,
        Factor = own.Factor ?? Factor,
        Spread = own.Jitter ?? Spread,
    };

    /// <summary>Wait after attempt number <paramref name="attempt"/> (from 1).</summary>
    public TimeSpan After(int attempt)
    {
        var whole = Math.Min(Most.TotalMilliseconds, First.TotalMilliseconds * Math.Pow(Factor, Math.Clamp(attempt - 1, 0, 30)));
        return TimeSpan.FromMilliseconds(whole * (1 - Spread + (Spread * Math.Clamp(Jitter, 0, 1))));
    }
}
