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
        store.Events.MapEventType<FunctionEvent.TagMoved>("function.tag-moved");
        store.Events.MapEventType<FunctionEvent.TagRemoved>("function.tag-removed");
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
internal sealed class FunctionReader(IFunctionsStore store, ServiceDatabase<IFunctionsStore> database)
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

    /// <summary>The word for the version that a job runs when it names none.</summary>
    public const string Latest = "latest";

    /// <summary>The version that a reference means: a number, a tag, or <c>latest</c>, which is the current one.</summary>
    public async Task<(Function? Function, FunctionVersion? Version)> FindReferenceAsync(string project, string name, string reference, CancellationToken ct)
    {
        await using var session = store.OpenQuery(project);
        if (await session.LoadAsync<Function>(Function.KeyOf(name), ct) is not { } function) return (null, null);
        var number = reference == Latest ? function.Current
            : int.TryParse(reference, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var given) ? given
            : function.Tags.GetValueOrDefault(reference.TrimStart('@'));
        return (function, function.Find(number));
    }

    /// <summary>Contents by their hashes.</summary>
    public async Task<Dictionary<string, FunctionContent>> ContentsAsync(string project, IEnumerable<string> hashes, CancellationToken ct)
    {
        await using var session = store.OpenQuery(project);
        var found = await session.LoadManyAsync<FunctionContent>(ct, hashes.Distinct(StringComparer.Ordinal).ToArray());
        return found.ToDictionary(c => c.Id, StringComparer.Ordinal);
    }

    /// <summary>Versions as lists show them: what their files hold is not read, as a page of them may hold a gigabyte.</summary>
    public async Task<IReadOnlyList<FunctionInfo>> OutlineAsync(
        string project, IReadOnlyList<(string Function, FunctionVersion Version)> versions, CancellationToken ct)
    {
        await using var command = database.DataSource.CreateCommand(
            """
            select data || '{"files": []}',
                array(select file ->> 'path' from jsonb_array_elements(data -> 'files') with ordinality as files (file, at) order by at),
                array(select octet_length(file ->> 'content') from jsonb_array_elements(data -> 'files') with ordinality as files (file, at) order by at)
            from mt_doc_function_content where tenant_id = $1 and id = any($2)
            """);
        command.Parameters.Add(new() { Value = project });
        command.Parameters.Add(new() { Value = versions.Select(v => v.Version.Hash).Distinct(StringComparer.Ordinal).ToArray() });
        var outlines = new Dictionary<string, (FunctionContent Content, FunctionFile[] Files)>(StringComparer.Ordinal);
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct))
        {
            var content = await store.Options.Serializer().FromJsonAsync<FunctionContent>(rows, 0, ct);
            var sizes = await rows.GetFieldValueAsync<int[]>(2, ct);
            outlines[content.Id] = (content, [.. (await rows.GetFieldValueAsync<string[]>(1, ct)).Zip(sizes, (path, size) => new FunctionFile(path, size))]);
        }

        return [.. versions.Select(v => outlines[v.Version.Hash].Content.ToInfo(v.Function, v.Version, outlines[v.Version.Hash].Files))];
    }
}
