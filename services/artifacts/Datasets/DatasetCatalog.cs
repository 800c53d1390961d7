using Mesh.Artifacts.Artifacts;
using Mesh.Artifacts.Sources;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Mesh.Hosting.Store;

namespace Mesh.Artifacts.Datasets;

/// <summary>A version of a data set that the project has, and in what form it is.</summary>
internal sealed record Dataset(ArtifactVersion Version, DatasetFormat? Format);

/// <summary>A data set that can be read: how, and what is in it.</summary>
/// <param name="Open">Opens its bytes.</param>
internal sealed record ReadableDataset(ArtifactVersion Version, Reading Reading, DatasetProfile Profile, Func<CancellationToken, Task<Stream>> Open);

/// <summary>Finds data sets: artifact versions of that kind. Everything about a file is asked for by way of a project that has it.</summary>
internal sealed class DatasetCatalog(
    IArtifactsStore store, ArtifactLog log, VersionContent contents, ProfileStore profiles, Profiles making, ProfileQueue queue, Signal<ProfileLoop> signal, ProfileNews news)
{
    private sealed record AfterKey(string Key);

    /// <summary>A version by its number, <c>latest</c>, or <c>@tag</c>.</summary>
    /// <exception cref="RejectedException">There is none in the project, or it is no data set.</exception>
    public async Task<Dataset> FindAsync(string project, string key, string version, CancellationToken ct)
    {
        key = ArtifactKey.Decode(key);
        var (row, refused) = await log.ResolveAsync(project, key, version, ct);
        if (refused is { Kind: RejectionKind.Malformed }) throw new RejectedException(refused with { Code = "dataset.version-malformed" });
        if (refused?.Code == ArtifactDecider.TagUnknown) throw new RejectedException(refused);
        if (row is not { Kind: ArtifactKind.Dataset }) throw new RejectedException(Rejection.NotFound("dataset.unknown", "There is no such data set in this project."));
        var found = await log.ReadAsync(project, row, ct);
        return new Dataset(found, await FormatAsync(project, found, ct));
    }

    /// <summary>A version with its profile as far as it is there.</summary>
    public async Task<DatasetVersion> DescribeAsync(string project, string key, string version, CancellationToken ct)
    {
        var dataset = await FindAsync(project, key, version, ct);
        if (dataset.Format is not { } format) return new DatasetVersion(dataset.Version, DatasetState.Unreadable, null, Fault: UnknownFormat);
        return await KnownAsync(project, dataset.Version, format, ct) switch
        {
            null => new DatasetVersion(dataset.Version, DatasetState.Profiling, format),
            { Fault: { } fault } => new DatasetVersion(dataset.Version, DatasetState.Unreadable, format, Fault: fault),
            { Profile: var profile } => new DatasetVersion(dataset.Version, DatasetState.Ready, format, profile),
        };
    }

    /// <summary>A version whose rows can be read.</summary>
    /// <exception cref="RejectedException">There is none in the project, its file cannot be read, or its profile is not ready yet.</exception>
    public async Task<ReadableDataset> OpenAsync(string project, string key, string version, CancellationToken ct)
    {
        var dataset = await FindAsync(project, key, version, ct);
        if (dataset.Format is not { } format) throw new RejectedException(UnknownFormat.ToRejection());
        return await KnownAsync(project, dataset.Version, format, ct) switch
        {
            null => throw new RejectedException(Rejection.Unavailable("dataset.profiling", "The data set is being read for the first time. Try again soon.")),
            { Fault: { } fault } => throw new RejectedException(fault.ToRejection()),
            var known => new ReadableDataset(dataset.Version, known.Reading!, known.Profile!, Opening(project, dataset.Version)),
        };
    }

    /// <summary>The data sets of a project by key, each with its newest version and what is known of that already.</summary>
    public async Task<Page<DatasetInfo>> ListAsync(string project, string? prefix, string? text, PageRequest page, CancellationToken ct)
    {
        var after = page.After<AfterKey>()?.Key;
        var filter = ArtifactFilter.Read(null, null, null, prefix, text) with { Kind = ArtifactKind.Dataset };
        await using var session = store.OpenQuery(project);
        var artifacts = await ArtifactList.NewestAsync(session, filter, after, page.Limit + 1, ct);
        var known = await profiles.SummariesAsync([.. artifacts.Select(artifact => artifact.Latest.Digest).Distinct(StringComparer.Ordinal)], ct);
        var waiting = await queue.WaitingAsync(project, [.. artifacts.Select(artifact => (artifact.Key, artifact.Latest.Version))], ct);
        return page.ToPage<DatasetInfo, AfterKey>([.. artifacts.Select(artifact => Summary(artifact, known, waiting))], info => new AfterKey(info.Key));
    }

    /// <summary>What is known of a version. Null when it is still being found out after the patience of a request; whoever waits for it then hears of it.</summary>
    private async Task<Known?> KnownAsync(string project, ArtifactVersion version, DatasetFormat format, CancellationToken ct)
    {
        if (await making.GetAsync(version, format, Opening(project, version), ct) is { } known) return known;
        if (VersionContent.IsElsewhere(version.Source))
        {
            // Its profile is in this process alone, and so is who makes it.
            news.TellOf(project, version, making.EnsureAsync(version, format, Opening(project, version), CancellationToken.None));
            return null;
        }

        await queue.AddAsync(project, version.Key, version.Version, ct);
        signal.Raise();
        return null;
    }

    private DatasetInfo Summary(
        ArtifactInfo artifact, IReadOnlyDictionary<(string Digest, DatasetFormat Format), (long? Rows, int? Columns)> known, IReadOnlySet<(string Key, int Version)> waiting)
    {
        var digest = artifact.Latest.Digest;
        // What only the first bytes of a file say is known once it was read.
        var format = FormatGuess.Declared(artifact.Latest.ContentType, artifact.Latest.FileName)
            ?? Enum.GetValues<DatasetFormat>().Where(each => known.ContainsKey((digest, each))).Cast<DatasetFormat?>().FirstOrDefault();
        if (format is not { } form || !known.TryGetValue((digest, form), out var profile))
        {
            var state = waiting.Contains((artifact.Key, artifact.Latest.Version)) || (format is { } read && making.IsMaking(digest, read)) ? DatasetState.Profiling : DatasetState.New;
            return new DatasetInfo(artifact.Key, artifact.Versions, artifact.Latest, state, format);
        }

        return new DatasetInfo(artifact.Key, artifact.Versions, artifact.Latest, profile.Rows is null ? DatasetState.Unreadable : DatasetState.Ready, form, profile.Rows, profile.Columns);
    }

    /// <summary>How the bytes of a version are opened.</summary>
    public Func<CancellationToken, Task<Stream>> Opening(string project, ArtifactVersion version) => ct => contents.OpenAsync(project, version, ct);

    private async Task<DatasetFormat?> FormatAsync(string project, ArtifactVersion version, CancellationToken ct)
    {
        if (FormatGuess.Declared(version.ContentType, version.FileName) is { } declared) return declared;
        await using var content = await contents.OpenAsync(project, version, ct);
        var head = new byte[FormatGuess.Bytes];
        var read = await content.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, ct);
        return FormatGuess.Read(head.AsSpan(0, read));
    }

    private static DatasetFault UnknownFormat { get; } = new(FaultOf.Unreadable, "The file is neither CSV, JSON, Parquet nor Arrow, by its content type, its name or its first bytes.");
}
