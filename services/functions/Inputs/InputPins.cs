using Mesh.Client;
using Mesh.Contracts.Functions;
using Mesh.Functions.Code;
using Mesh.Hosting.Decisions;

namespace Mesh.Functions.Inputs;

/// <summary>Settles what a job will read when it is submitted, so that every attempt reads the same, and refuses what is not there.</summary>
internal sealed class InputPins(JobMesh mesh, ILogger<InputPins> log)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>The inputs of a job by name, each with its version. While the artifacts cannot be asked, they stay as they are until the job starts.</summary>
    public async Task<(IReadOnlyDictionary<string, string>? Inputs, Rejection? Rejected)> PinAsync(
        string project, IReadOnlyList<InputSpec>? declared, Dictionary<string, string>? given, CancellationToken ct)
    {
        var (inputs, refused) = Merge(declared, given);
        if (refused is not null || inputs.Count == 0) return (null, refused);
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limited.CancelAfter(Patience);
        using var client = mesh.OpenForRequest(project);
        foreach (var (name, address) in inputs.ToList())
        {
            try
            {
                inputs[name] = (await InputAddress.FindAsync(client.Project(), address, limited.Token)).Address;
            }
            catch (InputMissingException e)
            {
                return (null, Rejection.Unprocessable("job.input-missing", $"The input '{name}': {e.Message}", $"inputs.{name}"));
            }
            catch (Exception e) when ((e is MeshException or HttpRequestException or OperationCanceledException) && !ct.IsCancellationRequested)
            {
                log.NotPinned(project, e.Message);
                break;
            }
        }

        return (inputs, null);
    }

    /// <summary>What a job reads by name, from what its function declares and what it gives itself.</summary>
    internal static (SortedDictionary<string, string> Inputs, Rejection? Rejected) Merge(IReadOnlyList<InputSpec>? declared, Dictionary<string, string>? given)
    {
        var inputs = new SortedDictionary<string, string>(given ?? [], StringComparer.Ordinal);
        foreach (var spec in declared ?? [])
        {
            if (inputs.ContainsKey(spec.Name)) continue;
            if (spec.Uri is { } uri) inputs[spec.Name] = uri;
            else if (spec.Required) return (inputs, Rejection.Unprocessable("job.input-missing", $"The function needs the input '{spec.Name}'{Of(spec)}.", $"inputs.{spec.Name}"));
        }

        if (declared is not null && inputs.Keys.FirstOrDefault(name => declared.All(spec => spec.Name != name)) is { } unknown)
        {
            return (inputs, Rejection.Unprocessable(
                "job.input-unknown", $"The function has no input '{unknown}'; it has {string.Join(", ", declared.Select(spec => spec.Name))}.", $"inputs.{unknown}"));
        }

        if (inputs.Keys.GroupBy(InputStage.VariableOf, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } clash)
            return (inputs, Rejection.Unprocessable("job.input-clash", $"The inputs '{clash.First()}' and '{clash.Last()}' would be the same variable {clash.Key}.", "inputs"));
        return (inputs, null);
    }

    private static string Of(InputSpec spec) => spec.Description is { Length: > 0 } text ? $": {text.TrimEnd('.')}" : ", an address such as mesh://project/dataset/key";
}

internal static partial class InputPinsLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "The inputs of a job in {Project} were not settled at its submission: {Reason}")]
    public static partial void NotPinned(this ILogger logger, string project, string reason);
}
