using System.Collections.Frozen;
using System.Globalization;
using Mesh.Contracts;
using Mesh.Hosting;

namespace Mesh.Projects;

/// <summary>The settings of this service, all in section <c>Mesh</c>.</summary>
internal sealed record ProjectsOptions
{
    internal const string Section = MeshOptions.Section;

    /// <summary>Name of the user whom the first token is for.</summary>
    internal const string FirstAdmin = "admin";

    /// <summary><c>Mesh:AdminTokenPath</c>: file of the first administrator's token; <c>admin.token</c> in the data folder when absent.</summary>
    public required string AdminTokenPath { get; init; }

    /// <summary><c>Mesh:SecretKeyPath</c>: file of the key that encrypts secrets, which no other service needs; <c>secrets.key</c> in the key folder when absent.</summary>
    public required string SecretKeyPath { get; init; }

    /// <summary><c>Mesh:Secrets:DaprStore</c>: the Dapr secret store that holds the key instead of the file.</summary>
    public string? DaprStore { get; init; }

    /// <summary><c>Mesh:Admins</c>: the platform's administrators, separated by commas, beside the first one.</summary>
    public required FrozenSet<string> Admins { get; init; }

    /// <summary>
    /// <c>Mesh:PurgeAfterSeconds</c>: the least time from a deletion to the purge, in which every request that was let in before it ends.
    /// </summary>
    public TimeSpan PurgeAfter { get; init; } = TimeSpan.FromSeconds(3);

    /// <exception cref="InvalidOperationException">A setting is wrong; the message names the key and what would be right.</exception>
    internal static ProjectsOptions Read(IConfiguration configuration, MeshOptions mesh)
    {
        var section = configuration.GetSection(Section);
        var admins = section["Admins"]?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];
        if (admins.FirstOrDefault(admin => !Names.IsLabel(admin)) is { } wrong)
            throw Unusable("Admins", $"'{wrong}' is no user's name, which is a DNS label: 1 to 63 of a-z, 0-9 and '-'.");
        return new ProjectsOptions
        {
            AdminTokenPath = section["AdminTokenPath"] is { Length: > 0 } path ? path : Path.Combine(mesh.DataPath, "admin.token"),
            SecretKeyPath = section["SecretKeyPath"] is { Length: > 0 } key ? key : Path.Combine(mesh.KeyPath, "secrets.key"),
            DaprStore = section["Secrets:DaprStore"] is { Length: > 0 } store ? store : null,
            Admins = admins.Append(FirstAdmin).ToFrozenSet(StringComparer.Ordinal),
            PurgeAfter = ReadPurgeAfter(section["PurgeAfterSeconds"]),
        };
    }

    private static TimeSpan ReadPurgeAfter(string? text)
    {
        if (string.IsNullOrEmpty(text)) return TimeSpan.FromSeconds(3);
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) && seconds is >= 0 and <= 86_400
            ? TimeSpan.FromSeconds(seconds)
            : throw Unusable("PurgeAfterSeconds", $"'{text}' is no number of seconds from 0 to 86,400.");
    }

    private static InvalidOperationException Unusable(string key, string reason) => new($"The configuration is not usable. {MeshOptions.Section}:{key}: {reason}");

    /// <summary>Whether the user is an administrator of the platform.</summary>
    internal bool IsAdmin(string user) => Admins.Contains(user);
}
