using Mesh.Cli.Terminal;

namespace Mesh.Cli.Tests.Terminal;

/// <summary>How far a transfer is.</summary>
public sealed class CountedStreamTests
{
    private readonly List<(long At, int Rewinds)> _moves = [];

    [Fact]
    public async Task What_is_read_is_counted_and_a_second_reading_is_told_from_the_first()
    {
        await using var file = new CountedStream(new MemoryStream(new byte[100]), (at, rewinds) => _moves.Add((at, rewinds)));
        var buffer = new byte[60];

        while (await file.ReadAsync(buffer, TestContext.Current.CancellationToken) > 0)
        {
        }

        file.Position = 0;
        await file.ReadExactlyAsync(buffer, TestContext.Current.CancellationToken);

        _moves.ShouldBe([(60, 0), (100, 0), (100, 0), (60, 1)]);
        file.Length.ShouldBe(100);
    }

    [Fact]
    public async Task What_is_written_is_counted_from_where_a_broken_transfer_starts_again()
    {
        await using var file = new CountedStream(new MemoryStream(), (at, rewinds) => _moves.Add((at, rewinds)));

        await file.WriteAsync(new byte[70], TestContext.Current.CancellationToken);
        file.SetLength(0);
        file.Position = 0;
        await file.WriteAsync(new byte[30], TestContext.Current.CancellationToken);

        _moves[0].ShouldBe((70, 0));
        _moves[^1].At.ShouldBe(30);
        file.Length.ShouldBe(30);
    }
}
