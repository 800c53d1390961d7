namespace Mesh.Hosting.Store;

/// <summary>What surrounds the rows of a binary COPY that is written by hand (https://www.postgresql.org/docs/current/sql-copy.html).</summary>
public static class BinaryCopy
{
    /// <summary>Stands in the place of a row's number of columns, after the last row.</summary>
    public const short End = -1;

    /// <summary>The signature <c>PGCOPY\n\377\r\n\0</c>, no flags, no extension.</summary>
    public static ReadOnlySpan<byte> Header => [0x50, 0x47, 0x43, 0x4F, 0x50, 0x59, 0x0A, 0xFF, 0x0D, 0x0A, 0x00, 0, 0, 0, 0, 0, 0, 0, 0];
}
