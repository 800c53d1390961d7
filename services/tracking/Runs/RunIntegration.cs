using JasperFx.Events;
using Mesh.Contracts.Events;
using Mesh.Contracts.Tracking;
using Mesh.Tracking.Mlflow;

namespace Mesh.Tracking.Runs;

/// <summary>What other services are told of a run. Lost attempts stay inside, and tags but those that say where code and data are from.</summary>
internal static class RunIntegration
{
    private const int MostParams = 100;
    private const int LongestParam = 500;

    public static IIntegrationEvent? ToIntegrationEvent(IEvent stored) =>
        stored.Data is RunEvent happened && Guid.TryParse(stored.StreamKey, out var run) ? Map(run, happened) : null;

    internal static IIntegrationEvent? Map(Guid run, RunEvent happened) => happened switch
    {
        RunEvent.Created e => new RunCreated(run, e.Name, e.Experiment, e.Kind, e.Parent, Brief(e.Params), e.Tags.GetValueOrDefault(MlflowTags.GitCommit)),
        RunEvent.ParamsLogged e => new RunDescribed(run, Brief(e.Params)),
        RunEvent.ContextDescribed { Source: { } source } => new RunDescribed(run, Commit: source.GitCommit, EntryPoint: source.EntryPoint),
        RunEvent.InputsLogged e => new RunDescribed(run, Inputs: [.. e.Datasets.Select(dataset => new RunInputRef(dataset.Name, dataset.Digest, dataset.Context, dataset.Address))]),
        RunEvent.TagsSet e => FromTags(run, e.Set),
        RunEvent.Started e => new RunStarted(run, e.Attempt, e.Worker),
        RunEvent.Completed e => new RunCompleted(run, e.Name, e.Experiment, e.Parent),
        RunEvent.Failed e => new RunFailed(run, e.Name, e.Experiment, e.Cause, e.Parent),
        RunEvent.AbortRequested e => new RunAbortRequested(run, e.Reason),
        RunEvent.Aborted e => new RunAborted(run, e.Name, e.Experiment, e.Reason),
        RunEvent.Deleted => new RunDeleted(run),
        RunEvent.Restored => new RunRestored(run),
        RunEvent.Resumed => new RunResumed(run),
        RunEvent.Purged => new RunPurged(run),
        _ => null,
    };

    // What is told to everybody is a description: whoever needs all of it asks for the run.
    private static IReadOnlyDictionary<string, string>? Brief(IReadOnlyDictionary<string, string> values)
    {
        if (values.Count == 0) return null;
        if (values.Count <= MostParams && values.Values.All(value => value.Length <= LongestParam)) return values;
        return values.OrderBy(pair => pair.Key, StringComparer.Ordinal).Take(MostParams)
            .ToDictionary(pair => pair.Key, pair => pair.Value.Length <= LongestParam ? pair.Value : Cut(pair.Value), StringComparer.Ordinal);
    }

    // Never between the halves of a character.
    private static string Cut(string value) => value[..(char.IsHighSurrogate(value[LongestParam - 1]) ? LongestParam - 1 : LongestParam)];

    private static RunDescribed? FromTags(Guid run, IReadOnlyDictionary<string, string> set)
    {
        var commit = set.GetValueOrDefault(MlflowTags.GitCommit);
        var inputs = RunTags.OfInputs.Where(tag => set.ContainsKey(tag.Key)).Select(tag => new RunInputRef(set[tag.Key], Address: $"{tag.Value}:{set[tag.Key]}")).ToList();
        return commit is null && inputs.Count == 0 ? null : new RunDescribed(run, Commit: commit, Inputs: inputs.Count == 0 ? null : inputs);
    }
}
