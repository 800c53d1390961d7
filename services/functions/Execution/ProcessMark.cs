using System.Globalization;
using System.Text;

namespace Mesh.Functions.Execution;

/// <summary>
/// The marks in a process's environment that say for which attempt it was started. A child inherits them however far it forks away, so they
/// find a process that left its group and its session, and the orphans of a service that was killed.
/// </summary>
/// <param name="JobId">The job's id, which is its run's id.</param>
/// <param name="Attempt">Number of the attempt.</param>
internal readonly record struct ProcessMark(string JobId, int Attempt)
{
    /// <summary>Variable that names the run.</summary>
    public const string RunId = "MESH_RUN_ID";

    /// <summary>Variable that numbers the attempt.</summary>
    public const string AttemptNumber = "MESH_ATTEMPT";

    private static readonly byte[] RunIdPrefix = Encoding.ASCII.GetBytes(RunId + "=");
    private static readonly byte[] AttemptPrefix = Encoding.ASCII.GetBytes(AttemptNumber + "=");

    /// <summary>Reads the marks from an environment block as Linux shows it: <c>NAME=value</c>, each ended by a zero byte.</summary>
    public static ProcessMark? Parse(ReadOnlySpan<byte> environment)
    {
        string? job = null;
        int? attempt = null;
        foreach (var range in environment.Split((byte)0))
        {
            var entry = environment[range];
            if (job is null && entry.StartsWith(RunIdPrefix)) job = Encoding.UTF8.GetString(entry[RunIdPrefix.Length..]);
            else if (attempt is null && entry.StartsWith(AttemptPrefix)
                && int.TryParse(entry[AttemptPrefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var number)) attempt = number;
            if (job is not null && attempt is not null) return new ProcessMark(job, attempt.Value);
        }

        return null;
    }
}
