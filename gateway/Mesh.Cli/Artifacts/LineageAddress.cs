using Mesh.Contracts;

namespace Mesh.Cli.Artifacts;

/// <summary>Reads what a command line calls a thing: a <c>mesh://</c> address, or short for one of the current project <c>dataset:key@3</c>, <c>model:name@2</c>, <c>run:ID</c>.</summary>
internal static class LineageAddress
{
    /// <exception cref="UsageException">It is neither.</exception>
    public static MeshUri Read(string text, string project)
    {
        // Models are known by the names under which they are registered; the file of one is file:key@version.
        var (kind, rest) = text.StartsWith("mesh://", StringComparison.Ordinal) || text.IndexOf(':', StringComparison.Ordinal) is not (> 0 and var colon)
            ? (null, text)
            : (text[..colon], text[(colon + 1)..]);
        var address = kind is null ? text : $"mesh://{project}/{(kind == "model" ? MeshUri.RegisteredModel : kind)}/{rest}";
        return MeshUri.TryParse(address, out var uri, out var fault)
            ? uri
            : throw new UsageException(kind is null
                ? $"'{text}' is no address: write mesh://project/kind/key@version, or short dataset:key@3, model:name@2, run:ID."
                : $"'{text}' is no address: it {fault}.");
    }
}
