using System.Collections.Concurrent;
using Mesh.Artifacts.Blobs.S3;
using Mesh.Hosting;
using Mesh.Hosting.Store;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Mesh.Artifacts.Blobs;

/// <summary>
/// All places where blobs lie: the store of the platform, and what was given to projects of the stores that the operator names. A place is written as the name of the store, and a slash
/// and the prefix where there is one; the store of the platform is the empty text. A place that was given once stays one: blobs lie in it.
/// </summary>
internal sealed class BlobStores : IDisposable
{
    /// <summary>The name of the platform's own store.</summary>
    public const string DefaultName = "default";

    public const string Schema =
        """
        alter table blobs add column store text not null default '';
        alter table upload_part add column store text not null default '';
        alter table project_storage add column store text;
        create table blob_place (store text primary key);
        """;

    private readonly ConcurrentDictionary<string, Lazy<IBlobStore>> _open = new(StringComparer.Ordinal);
    private readonly ArtifactsOptions _options;
    private readonly string _folder;
    private readonly TimeProvider _clock;
    private readonly NpgsqlDataSource _data;
    private bool? _hadPlaces;

    /// <exception cref="InvalidOperationException">A setting is missing or wrong.</exception>
    public BlobStores(IOptions<ArtifactsOptions> options, MeshOptions mesh, ServiceDatabase<IArtifactsStore> database, TimeProvider clock)
    {
        (_options, _folder, _clock, _data) = (options.Value, Path.Combine(mesh.DataPath, "blobs"), clock, database.DataSource);
        foreach (var (name, store) in _options.Stores)
        {
            if (!Contracts.Names.IsLabel(name) || name == DefaultName) throw new InvalidOperationException($"Artifacts:Stores:{name}: a store is named by a DNS label other than '{DefaultName}'.");
            if (store.Folder is null == store.S3 is null) throw new InvalidOperationException($"Artifacts:Stores:{name} must have either Folder or S3.");
            if (store.Folder is { } folder && !Path.IsPathFullyQualified(folder)) throw new InvalidOperationException($"Artifacts:Stores:{name}:Folder must be a full path.");
            _ = At(name);
        }

        Default = At("");
    }

    /// <summary>The store of the platform.</summary>
    public IBlobStore Default { get; }

    /// <summary>The names of the stores that a project may be given.</summary>
    public IReadOnlyList<string> Names => [DefaultName, .. _options.Stores.Keys.Order(StringComparer.Ordinal)];

    /// <summary>What a place is called.</summary>
    public static string PlaceOf(string name, string? prefix) => prefix is { Length: > 0 } ? $"{name}/{prefix}" : name == DefaultName ? "" : name;

    /// <summary>Name of the store and prefix of a place.</summary>
    public static (string Name, string? Prefix) Split(string place) =>
        place.Length == 0 ? (DefaultName, null) : place.IndexOf('/', StringComparison.Ordinal) is > 0 and var slash ? (place[..slash], place[(slash + 1)..]) : (place, null);

    /// <summary>The store of a place.</summary>
    /// <exception cref="InvalidOperationException">The operator has taken the settings of that store away.</exception>
    public IBlobStore At(string place) => _open.GetOrAdd(place, key => new(() => Open(key))).Value;

    /// <summary>Where new blobs of a project go.</summary>
    public async Task<IBlobStore> OfAsync(string project, CancellationToken ct)
    {
        if (!await HasPlacesAsync(ct)) return Default;
        await using var command = _data.CreateCommand("select store from project_storage where project = $1 and part = 0");
        command.Parameters.Add(new NpgsqlParameter { Value = project });
        return At(await command.ExecuteScalarAsync(ct) as string ?? "");
    }

    /// <summary>Where a blob lies; the platform's store where there is none.</summary>
    public async Task<IBlobStore> OfBlobAsync(string digest, CancellationToken ct)
    {
        await using var command = _data.CreateCommand("select store from blobs where digest = $1");
        command.Parameters.Add(new NpgsqlParameter { Value = digest });
        return At(await command.ExecuteScalarAsync(ct) as string ?? "");
    }

    /// <summary>Every place that has settings, the platform's own store first.</summary>
    public async Task<IReadOnlyList<IBlobStore>> AllAsync(CancellationToken ct)
    {
        var places = new List<IBlobStore> { Default };
        if (!await HasPlacesAsync(ct)) return places;
        await using var command = _data.CreateCommand("select store from blob_place where store <> '' order by store");
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct))
            if (Names.Contains(Split(rows.GetString(0)).Name)) places.Add(At(rows.GetString(0)));
        return places;
    }

    /// <summary>Deletes all parts of an upload, wherever they are: its project may have been given another store meanwhile.</summary>
    public async Task DeletePartsAsync(Guid upload, CancellationToken ct)
    {
        foreach (var store in await AllAsync(ct)) await store.DeletePartsAsync(upload, ct);
    }

    public void Dispose()
    {
        foreach (var store in _open.Values.Where(store => store.IsValueCreated)) (store.Value as IDisposable)?.Dispose();
    }

    // Without stores that are named nobody gives a project a place. Those that were given before the settings went are asked for once, so that no upload pays for them.
    private async ValueTask<bool> HasPlacesAsync(CancellationToken ct)
    {
        if (_options.Stores.Count > 0) return true;
        if (_hadPlaces is { } known) return known;
        await using var command = _data.CreateCommand("select exists (select from blob_place where store <> '')");
        _hadPlaces = await command.ExecuteScalarAsync(ct) is true;
        return _hadPlaces.Value;
    }

    private IBlobStore Open(string place)
    {
        var (name, prefix) = Split(place);
        var named = _options.Stores.GetValueOrDefault(name);
        if (named is null && place.Length > 0) throw new InvalidOperationException($"Blobs lie in the store '{name}', and there is no Artifacts:Stores:{name}.");
        if ((named is null ? _options.S3 : named.S3) is { } s3)
            return new S3BlobStore(prefix is null ? s3 : s3.Below($"{prefix}/"), _clock, place, named is null ? "Artifacts:S3" : $"Artifacts:Stores:{name}:S3");
        var folder = named?.Folder ?? _folder;
        return new LocalBlobStore(prefix is null ? folder : Path.Combine(folder, prefix), place);
    }
}
