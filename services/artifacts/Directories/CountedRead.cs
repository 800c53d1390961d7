using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;

namespace Mesh.Artifacts.Directories;

/// <summary>Bytes that may still be unpacked, over all files of an archive.</summary>
internal sealed class Budget(long bytes)
{
    public static Rejection Exceeded { get; } = Rejection.TooLarge("archive.too-large", "The files of the archive have more bytes together than one upload may have here.");

    /// <exception cref="RejectedException">There is none left.</exception>
    public void Spend(int count)
    {
        bytes -= count;
        if (bytes < 0) throw new RejectedException(Exceeded);
    }
}

/// <summary>Reads what is unpacked, as far as its limits let it: what is more than them is never held or written.</summary>
/// <param name="most">The most bytes of this stream, by the ratio that its packed form allows.</param>
internal sealed class CountedRead(Stream inner, long most, Budget? budget) : PassingRead(inner)
{
    private long _read;

    protected override void Passed(ReadOnlySpan<byte> bytes)
    {
        _read += bytes.Length;
        if (_read > most)
            throw new RejectedException(Rejection.Unprocessable("archive.bomb", $"The archive unpacks to more than {ArchiveReader.MostRatio} times its size: that is no archive to unpack."));
        budget?.Spend(bytes.Length);
    }
}
