using Marten;
using Mesh.Contracts.Events;
using Mesh.Contracts.Functions;
using Mesh.Hosting.Store;

namespace Mesh.Functions.Definitions;

/// <summary>How functions are stored. The names of the events are data: they never change.</summary>
internal static class FunctionStorage
{
    public static void Configure(StoreOptions store)
    {
        store.Events.MapEventType<FunctionEvent.Defined>("function.defined");
        store.Events.MapEventType<FunctionEvent.Restored>("function.restored");
        store.Projections.Snapshot<Function>(JasperFx.Events.Projections.SnapshotLifecycle.Inline);
        store.Schema.For<Function>().Identity(f => f.Id).Duplicate(f => f.Name);
        store.Schema.For<FunctionContent>().Identity(c => c.Id).DocumentAlias("function_content");
    }
}

/// <summary>What the other services are told about functions.</summary>
internal static class FunctionIntegration
{
    public static IIntegrationEvent? ToIntegrationEvent(FunctionEvent e) => e switch
    {
        FunctionEvent.Defined d => new FunctionDefined(d.Function, d.Version, d.Hash),
        FunctionEvent.Restored r => new FunctionDefined(r.Function, r.Version, r.Hash),
        _ => null,
    };
}

/// <summary>Reads functions with their content.</summary>
internal sealed class FunctionReader(IFunctionsStore store)
{
    /// <summary>A version of a function; the current one for a null number. Null parts say what there is not.</summary>
    public async Task<(Function? Function, FunctionVersion? Version, FunctionContent? Content)> FindAsync(
        string project, string name, int? number, CancellationToken ct)
    {
        await using var session = store.OpenQuery(project);
        var function = await session.LoadAsync<Function>(Function.KeyOf(name), ct);
        if (function?.Find(number) is not { } version) return (function, null, null);
        return (function, version, await session.LoadAsync<FunctionContent>(version.Hash, ct));
    }

    /// <summary>Contents by their hashes.</summary>
    public async Task<Dictionary<string, FunctionContent>> ContentsAsync(string project, IEnumerable<string> hashes, CancellationToken ct)
    {
        await using var session = store.OpenQuery(project);
        var found = await session.LoadManyAsync<FunctionContent>(ct, hashes.Distinct(StringComparer.Ordinal).ToArray());
        return found.ToDictionary(c => c.Id, StringComparer.Ordinal);
    }
}
