using System.Buffers.Text;
using System.Collections.Immutable;
using System.Globalization;

namespace Mesh.Tracking.Experiments.Live;

/// <summary>
/// What a follower of a table has seen: the changes of the transactions that are visible in a snapshot of PostgreSQL, and perhaps those of one more up to
/// a run. A plain number would not do: transactions end in another order than they begin, and one with a lower number may still come.
/// </summary>
/// <param name="Next">Transactions from this one on are not seen.</param>
/// <param name="Unseen">Those before it that are not seen either, ascending.</param>
/// <param name="Within">A transaction that is seen in part, and the last of its runs that is; 0 when there is none.</param>
internal sealed record TablePosition(ulong Next, ImmutableArray<ulong> Unseen, ulong Within = 0, Guid Run = default)
{
    private const int MostBytes = 16 * 1024;

    /// <summary>Before everything.</summary>
    public static TablePosition Start { get; } = new(1, []);

    /// <summary>The first transaction that is not seen.</summary>
    public ulong First => Unseen.IsEmpty ? Next : Unseen[0];

    /// <summary>The snapshot as PostgreSQL writes it.</summary>
    public string Snapshot => string.Create(CultureInfo.InvariantCulture, $"{First}:{Next}:{string.Join(',', Unseen)}");

    /// <summary>Reads a snapshot as PostgreSQL writes it.</summary>
    public static TablePosition Of(string snapshot)
    {
        var parts = snapshot.Split(':');
        return new TablePosition(
            ulong.Parse(parts[1], CultureInfo.InvariantCulture),
            [.. parts[2].Split(',', StringSplitOptions.RemoveEmptyEntries).Select(id => ulong.Parse(id, CultureInfo.InvariantCulture))]);
    }

    /// <summary>Whether all changes of a transaction are seen.</summary>
    public bool Sees(ulong transaction) => transaction < Next && Unseen.BinarySearch(transaction) < 0;

    /// <summary>Whether everything is seen that is seen at another position.</summary>
    public bool Covers(TablePosition other) =>
        Next >= other.Next && Unseen.All(transaction => transaction >= other.Next || !other.Sees(transaction)) && (other.Within == 0 || Sees(other.Within));

    /// <summary>The position of one who has read the changes from here to a later position in order, but only up to those of a transaction to a run.</summary>
    public TablePosition UpTo(TablePosition later, ulong transaction, Guid run) => new(
        Math.Max(Next, transaction),
        [.. Unseen.Where(id => id >= transaction || !later.Sees(id)), .. later.Unseen.Where(id => id >= Next && id < transaction)],
        transaction, run);

    /// <summary>Differences of numbers, seven bits a byte, as URL-safe base64: short enough for a header with very many open transactions.</summary>
    public string Encode()
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        writer.Write7BitEncodedInt64((long)Next);
        writer.Write7BitEncodedInt64((long)Within);
        if (Within > 0) writer.Write(Run.ToByteArray());
        var before = 0UL;
        foreach (var transaction in Unseen)
        {
            writer.Write7BitEncodedInt64((long)(transaction - before));
            before = transaction;
        }

        return Base64Url.EncodeToString(bytes.ToArray());
    }

    /// <summary>Reads what was encoded; null if it was not.</summary>
    public static TablePosition? Decode(string text)
    {
        try
        {
            var bytes = Base64Url.DecodeFromChars(text);
            if (bytes.Length is 0 or > MostBytes) return null;
            using var reader = new BinaryReader(new MemoryStream(bytes));
            var (next, within) = (reader.Read7BitEncodedInt64(), reader.Read7BitEncodedInt64());
            var run = within > 0 ? new Guid(reader.ReadBytes(16)) : default;
            var unseen = ImmutableArray.CreateBuilder<ulong>();
            for (var last = 0L; reader.BaseStream.Position < bytes.Length;)
            {
                var step = reader.Read7BitEncodedInt64();
                last = checked(last + step);
                if (step <= 0 || last >= next) return null;
                unseen.Add((ulong)last);
            }

            return next > 0 && within >= 0 ? new TablePosition((ulong)next, unseen.ToImmutable(), (ulong)within, run) : null;
        }
        catch (Exception e) when (e is FormatException or IOException or OverflowException or ArgumentException)
        {
            return null;
        }
    }
}
