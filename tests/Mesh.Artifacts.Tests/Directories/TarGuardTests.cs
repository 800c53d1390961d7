using System.Formats.Tar;
using System.Text;
using Mesh.Artifacts.Directories;

namespace Mesh.Artifacts.Tests.Directories;

/// <summary>Headers of a tar that claim to be huge are refused before anybody makes room for them.</summary>
public sealed class TarGuardTests
{
    [Theory]
    [InlineData('x')]
    [InlineData('g')]
    [InlineData('L')]
    [InlineData('K')]
    public void An_extended_header_of_a_gigabyte_is_refused(char type)
    {
        var header = new byte[512];
        Encoding.ASCII.GetBytes("name").CopyTo(header, 0);
        Encoding.ASCII.GetBytes("10000000000\0").CopyTo(header, 124);
        header[156] = (byte)type;
        Should.Throw<InvalidDataException>(() => new TarGuard(new MemoryStream(header)).ReadExactly(new byte[512]));
    }

    [Theory]
    [InlineData(TarEntryFormat.V7)]
    [InlineData(TarEntryFormat.Ustar)]
    [InlineData(TarEntryFormat.Pax)]
    [InlineData(TarEntryFormat.Gnu)]
    public async Task What_is_in_form_passes_in_pieces_of_any_size(TarEntryFormat format)
    {
        using var packed = new MemoryStream();
        await using (var tar = new TarWriter(packed, format, leaveOpen: true))
        {
            foreach (var (name, size) in ((string, int)[])[("a", 0), ("folder/b", 511), ("c", 512), ("d", 70_000), (format is TarEntryFormat.V7 ? "e" : new string('e', 90), 1)])
            {
                TarEntry entry = format switch
                {
                    TarEntryFormat.V7 => new V7TarEntry(TarEntryType.V7RegularFile, name),
                    TarEntryFormat.Ustar => new UstarTarEntry(TarEntryType.RegularFile, name),
                    TarEntryFormat.Pax => new PaxTarEntry(TarEntryType.RegularFile, name, [new("comment", new string('x', 5000))]),
                    _ => new GnuTarEntry(TarEntryType.RegularFile, name + new string('n', 200)),
                };
                entry.DataStream = new MemoryStream(Enumerable.Repeat((byte)'x', size).ToArray());
                await tar.WriteEntryAsync(entry);
            }
        }

        foreach (var piece in (int[])[1, 100, 512, 4096, 1 << 20])
        {
            packed.Position = 0;
            using var copy = new MemoryStream();
            await new TarGuard(new MemoryStream(packed.ToArray())).CopyToAsync(copy, piece);
            copy.ToArray().ShouldBe(packed.ToArray());
        }
    }
}
