namespace Mesh.Client;

/// <summary>Where the mesh is and how to speak to it.</summary>
public sealed record MeshClientOptions
{
    /// <summary>Where the gateway listens when nothing else is said.</summary>
    public const string DefaultApi = "http://127.0.0.1:7070";

    /// <summary>Base address of the gateway.</summary>
    public Uri Api { get; init; } = new(DefaultApi);

    /// <summary>Bearer token; without one only the public routes answer.</summary>
    public string? Token { get; init; }

    /// <summary>Project of <see cref="MeshClient.Project(string?)"/> when none is named.</summary>
    public string? Project { get; init; }

    /// <summary>
    /// How long a request that may be repeated is repeated while the mesh is away (no connection, 502, 503, 504, 429). Zero turns repeats off.
    /// </summary>
    public TimeSpan RetryFor { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The same for a mesh that has answered this client before, where that is longer: it was there, so it restarts and will be back.
    /// </summary>
    public TimeSpan ReconnectFor { get; init; }

    /// <summary>Longest wait for the answer to one request; of a stream or a download, for its beginning. Uploads are left out.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(100);

    /// <summary>
    /// Where a <see cref="RunContext"/> keeps values of metrics that the mesh does not take at the moment, in files that only their owner may read;
    /// null keeps them in memory alone. See <see cref="MeshEnvironment.SpoolFolder"/> for where that is when nothing is said.
    /// </summary>
    public string? SpoolFolder { get; init; } = MeshEnvironment.SpoolFolder();

    /// <summary>The most bytes that one run keeps there, at some 100 bytes a value; with more, values are refused where they are logged.</summary>
    public long SpoolLimitBytes { get; init; } = 256L << 20;

    /// <summary>Clock of the back-off.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
