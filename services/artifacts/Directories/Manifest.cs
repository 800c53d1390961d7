using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Mesh.Contracts.Artifacts;

namespace Mesh.Artifacts.Directories;

/// <summary>
/// What is in a directory, in its one canonical form: a line <c>{digest} {size} {path}</c> for each file, in the order of the paths' UTF-8 bytes, each line ended by U+000A.
/// The same files give the same bytes, so the digest of the manifest says that two directories are alike.
/// </summary>
internal sealed class Manifest
{
    public Manifest(IEnumerable<DirectoryFile> files)
    {
        // The order of code points, which is that of UTF-8 and of the database: UTF-16 puts what is beyond U+FFFF before U+E000.
        Files = [.. files.Select(file => (file, Key: Encoding.UTF8.GetBytes(file.Path))).OrderBy(pair => pair.Key, ByteOrder.Instance).Select(pair => pair.file)];
        var text = new StringBuilder();
        foreach (var file in Files) text.Append(CultureInfo.InvariantCulture, $"{file.Digest} {file.Size} {file.Path}\n");
        Bytes = Encoding.UTF8.GetBytes(text.ToString());
        Digest = Convert.ToHexStringLower(SHA256.HashData(Bytes));
        Size = Files.Sum(file => file.Size);
    }

    /// <summary>The files by path.</summary>
    public IReadOnlyList<DirectoryFile> Files { get; }

    /// <summary>The canonical form.</summary>
    public byte[] Bytes { get; }

    /// <summary>Its SHA-256.</summary>
    public string Digest { get; }

    /// <summary>Bytes of all files together.</summary>
    public long Size { get; }

    private sealed class ByteOrder : IComparer<byte[]>
    {
        public static readonly ByteOrder Instance = new();

        public int Compare(byte[]? x, byte[]? y) => x.AsSpan().SequenceCompareTo(y);
    }
}
