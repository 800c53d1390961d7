using Mesh.Hosting.Decisions;
using Mesh.Hosting.Files;
using Mesh.Hosting.Http;
using Microsoft.Extensions.Options;

namespace Mesh.Artifacts.Sources;

/// <summary>
/// Files of this machine below folders that the operator names; without any, none. What counts is where a file really lies: links are followed first, and what was
/// opened is looked at once more, for a link may be changed in between.
/// </summary>
internal sealed class FileSource : ISourceKind
{
    private readonly string[] _roots;

    public FileSource(IOptions<ArtifactsOptions> options) => _roots = [.. options.Value.SourceRoots.Select(root => RealPath.Of(root) ?? Path.GetFullPath(root))];

    public IReadOnlyList<string> Schemes { get; } = ["file"];

    public Rejection? Check(string address)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || !uri.IsFile || uri.Host.Length > 0 || uri.Query.Length > 0 || uri.Fragment.Length > 0)
            return SourceRefusals.Malformed("A file source is file:///path, with %20 for a space, %23 for # and %3F for ?.");
        return uri.LocalPath.Contains('\0', StringComparison.Ordinal) ? SourceRefusals.Malformed("A path holds no U+0000.") : null;
    }

    public Task<SourceBody> OpenAsync(string address, long from, CancellationToken ct)
    {
        if (Check(address) is { } refusal) throw new RejectedException(refusal);
        var path = Path.GetFullPath(new Uri(address).LocalPath);
        // Outside nothing is to be learnt, not even whether there is a file. A link to outside is followed by nobody.
        if (RealPath.Of(path) is not { } real) throw new RejectedException(IsInside(path) ? SourceRefusals.Unreachable("there is no such file.") : Outside);
        if (!IsInside(real)) throw new RejectedException(Outside);
        if (PlainFile.TryOpen(real) is not { } file) throw new RejectedException(SourceRefusals.Unreachable("this service may not read the file."));
        try
        {
            var opened = RealPath.OfOpen(file.SafeFileHandle) ?? real;
            if (!IsInside(opened)) throw new RejectedException(Outside);
            if (!file.CanSeek || Directory.Exists(opened)) throw new RejectedException(SourceRefusals.Unreachable("it is no plain file."));
            var state = StateOf(file);
            file.Position = Math.Min(from, state.Size);
            return Task.FromResult(new SourceBody(state, file, file) { Again = () => StateOf(file) });
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static SourceState StateOf(FileStream file) => new(RandomAccess.GetLength(file.SafeFileHandle), null, new DateTimeOffset(File.GetLastWriteTimeUtc(file.SafeFileHandle)));

    private bool IsInside(string path) => Array.Exists(_roots, root => path.StartsWith(root.TrimEnd(Path.DirectorySeparatorChar) + Path.DirectorySeparatorChar, StringComparison.Ordinal));

    private static Rejection Outside { get; } = SourceRefusals.NotAllowed("Files are read only below the folders that the operator allows (Artifacts:SourceRoots).");
}
