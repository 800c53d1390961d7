using System.Net;
using System.Security.Cryptography;

namespace Mesh.Benchmarks.Load;

/// <summary>A body of many megabytes that takes one in memory: the same random megabyte again and again, each time with its number in front.</summary>
internal sealed class LargeBody : HttpContent
{
    private const int Piece = 1 << 20;

    private readonly byte[] _piece;
    private readonly int _pieces;

    /// <param name="seed">Bodies of different seeds differ.</param>
    public LargeBody(int seed, int megabytes)
    {
        _piece = new byte[Piece];
        new Random(seed).NextBytes(_piece);
        _pieces = megabytes;
        Headers.ContentType = new("application/octet-stream");
    }

    /// <summary>Number of bytes.</summary>
    public long Length => (long)_pieces * Piece;

    /// <summary>Its SHA-256, 64 hex digits.</summary>
    public string Digest()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var i = 0; i < _pieces; i++) hash.AppendData(Numbered(i));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        for (var i = 0; i < _pieces; i++) await stream.WriteAsync(Numbered(i));
    }

    protected override bool TryComputeLength(out long length)
    {
        length = Length;
        return true;
    }

    private byte[] Numbered(int number)
    {
        BitConverter.TryWriteBytes(_piece, number);
        return _piece;
    }
}
